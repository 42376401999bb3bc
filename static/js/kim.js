/* Comfort for every page: shortcuts, closing menus, one submit per click, a word when the connection is gone.
   Nothing here is needed to use a page. */
(() => {
  "use strict";
  const SHORTCUTS_OFF = "kim-shortcuts-off";
  const UNLOCK_AFTER = 8000; // a download answers a form without leaving the page

  const isTyping = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  // Shortcuts; they can be switched off, because speech input triggers single letters (WCAG 2.1.4).
  const shortcutsOn = () => {
    try { return !localStorage.getItem(SHORTCUTS_OFF); } catch { return true; }
  };

  const showShortcutSwitch = () => {
    for (const button of document.querySelectorAll("[data-shortcut-switch]")) {
      const text = button.querySelector("[data-on]");
      button.hidden = false;
      button.setAttribute("aria-pressed", String(shortcutsOn()));
      text.textContent = shortcutsOn() ? text.dataset.on : text.dataset.off;
    }
  };

  const toggleShortcuts = () => {
    try {
      if (shortcutsOn()) localStorage.setItem(SHORTCUTS_OFF, "1");
      else localStorage.removeItem(SHORTCUTS_OFF);
    } catch { /* storage is closed: the shortcuts stay on */ }
    showShortcutSwitch();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = event.target.closest("details.menu[open]") || document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !shortcutsOn()) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    } else {
      // What the page itself offers goes before the header: on a file, n is for this person.
      const wanted = `[data-shortcut="${CSS.escape(event.key)}"]`;
      const link = document.querySelector(`main ${wanted}`) || document.querySelector(wanted);
      if (link) {
        event.preventDefault();
        link.click();
      }
    }
  });

  // A value to copy is chosen as a whole, whichever way one gets into it.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-select]")) event.target.select();
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (event.target.closest("[data-shortcut-switch]")) toggleShortcuts();
  });

  // One submit per click. The button is locked after the browser has read it, so its name and value are sent.
  const unlock = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[data-locked]")) {
        button.disabled = false;
        delete button.dataset.locked;
      }
    }
  };

  // A form with typed text leaves only when line and session are there; otherwise the text stays where it is.
  const mayLeave = async (form) => {
    const answer = await fetch(document.body.dataset.sessionUrl, { credentials: "same-origin" });
    const session = await answer.json();
    if (String(session.user) !== document.body.dataset.user) return false;
    form.querySelector("[name=csrfmiddlewaretoken]").value = session.token;
    return true;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !form.matches(".form") || !document.body.dataset.sessionUrl) return;
    if (form.dataset.mayLeave) {
      delete form.dataset.mayLeave;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    mayLeave(form).then((allowed) => {
      if (!allowed) return toast(document.body.dataset.expired);
      form.dataset.mayLeave = "1";
      form.requestSubmit(event.submitter);
    }).catch(() => toast(document.body.dataset.offline));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => {
      for (const button of form.querySelectorAll("button[type=submit]:not([disabled])")) {
        button.disabled = true;
        button.dataset.locked = "1";
      }
    });
    setTimeout(unlock, UNLOCK_AFTER);
  });

  window.addEventListener("pageshow", unlock);

  // A word at the edge of the page.
  const toast = (text) => {
    const region = document.getElementById("toast");
    if (!region || !text) return;
    const box = document.createElement("div");
    const close = document.createElement("button");
    box.className = "toast-text";
    box.append(text, close);
    close.type = "button";
    close.textContent = document.body.dataset.close;
    close.addEventListener("click", () => box.remove());
    region.replaceChildren(box);
  };

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => toast(document.body.dataset.offline));
  }
  document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed));

  // Long lists to tick: a few letters narrow them.
  for (const filter of document.querySelectorAll("[data-checklist-filter]")) {
    filter.hidden = false;
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const label of filter.parentElement.querySelectorAll(".checklist label")) {
        label.hidden = !label.textContent.toLowerCase().includes(wanted);
      }
    });
  }

  // Enter in the search of "Neue Beratung" opens the first hit, as soon as it is there.
  const picker = document.querySelector("[data-pick]");
  if (picker) {
    let wanted = false;
    // An answer to fewer letters, still on its way when Enter is pressed, must not open somebody else.
    const openFirst = (event) => {
      const first = document.querySelector("#search-results [data-first]");
      const asked = event.detail.requestConfig?.parameters.q;
      if (wanted && first && asked === picker.querySelector("[name=q]").value) first.click();
    };
    picker.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.name === "q") wanted = true;
    });
    picker.addEventListener("input", () => { wanted = false; });
    document.addEventListener("htmx:afterSettle", openFirst);
  }

  // After a refused form the reader starts at the list of what to mend. Elsewhere the browser would wait for the first
  // painting before it follows autofocus, and lose what somebody quick has typed by then. A cursor that somebody has
  // put elsewhere stays there: this script may come late.
  const held = document.activeElement;
  if (!held || held.matches("body, [autofocus]")) document.querySelector(".error-summary, [autofocus]")?.focus();
  showShortcutSwitch();
})();
