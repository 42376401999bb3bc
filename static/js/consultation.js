/* Nothing typed is lost: drafts every few seconds, and a form that stays when the line or the session is gone.
   Without this script the form works too; then a sent form is kept by the server when the session has ended. */
const start = (isRefused) => {
  "use strict";
  const form = document.getElementById("consultation-form");
  if (!form) return;
  const DRAFT_AFTER = 2000;
  const data = form.dataset;
  const state = form.querySelector("[data-draft-state]");
  const trouble = form.querySelector("[data-trouble]");
  let timer = null;
  let dirty = false;
  let leaving = false;

  const token = () => form.querySelector("[name=csrfmiddlewaretoken]");

  const fields = (submitter) => {
    const body = new URLSearchParams(new FormData(form));
    if (submitter) body.set(submitter.name, submitter.value);
    return body;
  };

  const send = (url, body, options) => fetch(url, {
    ...options,
    method: "POST",
    body,
    credentials: "same-origin",
    redirect: "manual",
    headers: { "HX-Request": "true", "X-CSRFToken": token().value },
  });

  const say = (text, withLogin) => {
    trouble.hidden = false;
    trouble.querySelector("[data-trouble-text]").textContent = text;
    trouble.querySelector("[data-trouble-login]").hidden = !withLogin;
    trouble.scrollIntoView({ block: "nearest" });
  };

  // After a new login in another window the old token is void; a colleague's login must not save this text, so only
  // the own login brings a fresh one.
  const renewSession = async () => {
    const answer = await fetch(document.body.dataset.sessionUrl, { credentials: "same-origin" });
    const session = await answer.json();
    if (session.user === null) return "expired";
    if (String(session.user) !== document.body.dataset.user) return "other";
    token().value = session.token;
    return "same";
  };

  const saveDraft = async () => {
    timer = null;
    dirty = false;
    try {
      let answer = await send(data.draftUrl, fields());
      if (answer.status === 403 && await renewSession() === "same") answer = await send(data.draftUrl, fields());
      if (answer.status === 401) say(data.expired, true);
      if (!answer.ok) throw new Error(String(answer.status));
      const { saved } = await answer.json();
      if (saved) state.textContent = saved;
      trouble.hidden = true;
    } catch {
      dirty = true;
      state.textContent = data.unsaved;
    }
  };

  // Not put off by the next letter: who types without a pause is kept as well.
  const later = () => {
    dirty = true;
    timer ??= setTimeout(saveDraft, DRAFT_AFTER);
  };

  // The page is closed or sent to the background, where a telephone may end it without a word.
  const leave = () => {
    if (!dirty || leaving || !form.isConnected) return;
    clearTimeout(timer);
    timer = null;
    send(data.draftUrl, fields(), { keepalive: true }).catch(() => {});
  };

  const submit = async (submitter) => {
    clearTimeout(timer);
    timer = null;
    const body = fields(submitter);
    let answer = await send(form.action, body);
    if (answer.status === 401 || answer.status === 403) {
      const who = await renewSession();
      if (who !== "same") return say(who === "other" ? data.otherUser : data.expired, who === "expired");
      body.set("csrfmiddlewaretoken", token().value);
      answer = await send(form.action, body);
    }
    const target = answer.headers.get("HX-Redirect");
    if (target) {
      leaving = true;
      location.assign(target);
    } else if (answer.ok) {
      showAnswer(await answer.text());
    } else {
      say(data.failed, false);
    }
  };

  // The server answered with the same form and its errors.
  const showAnswer = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("consultation-form");
    if (!fresh) return say(data.failed, false);
    leaving = true;
    form.replaceWith(document.adoptNode(fresh));
    window.htmx?.process(fresh);
    start(true);
    fresh.querySelector(".error-summary, [data-focus]")?.focus();
  };

  const lock = (locked) => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = locked;
  };

  // Typed before this script was there: no event tells of it any more.
  const isTyped = (element) => (/^(checkbox|radio)$/.test(element.type)
    ? element.checked !== element.defaultChecked
    : "defaultValue" in element && element.value !== element.defaultValue);

  form.addEventListener("input", later);
  // A hit that comes in while the form is on its way would take a tap and do nothing with it.
  form.addEventListener("htmx:beforeSwap", (event) => { if (form.dataset.busy) event.detail.shouldSwap = false; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    trouble.hidden = true;
    lock(true);
    try {
      await submit(event.submitter);
    } catch {
      say(data.offline, false);
      dirty = true;
    } finally {
      delete form.dataset.busy;
      lock(false);
    }
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[name=save]"));
    }
  });

  window.addEventListener("online", () => { if (dirty) later(); });
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });

  window.addEventListener("beforeunload", (event) => {
    if (dirty && !leaving) event.preventDefault();
  });

  // Days ahead as one tap.
  const quick = form.querySelector("[data-quick-days]");
  if (quick) {
    quick.hidden = false;
    quick.addEventListener("click", (event) => {
      const days = Number(event.target.dataset.days);
      if (!days) return;
      const day = new Date();
      day.setDate(day.getDate() + days);
      while (day.getDay() % 6 === 0) day.setDate(day.getDate() + 1); // nobody is there at the weekend
      const two = (number) => String(number).padStart(2, "0");
      form.elements.next_due_on.value = `${two(day.getDate())}.${two(day.getMonth() + 1)}.${day.getFullYear()}`;
      later();
    });
  }
  if (isRefused || [...form.elements].some(isTyped)) later();
};

start(false);

// An accompaniment leads somewhere and means waiting: where both are asked unfolds with the tap.
document.addEventListener("change", (event) => {
  const fold = document.querySelector("[data-open-for]");
  if (fold && event.target.name === "kind" && event.target.value === fold.dataset.openFor) fold.open = true;
});
