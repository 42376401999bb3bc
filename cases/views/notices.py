"""What the application tells somebody, and whether it may write a mail."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import digests, notices
from cases.forms.notices import DigestForm
from cases.models import Digest, Notice
from kim.permissions import Permission, requires

PAGE_SIZE = 25


@require_GET
@requires(Permission.VIEW_NOTICES)
def notice_list(request):
    rows = Notice.objects.visible_to(request.user).select_related("case")
    rows = rows.only("kind", "created_at", "read_at", "case__number")
    rows = rows.order_by(F("read_at").desc(nulls_first=True), "-created_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "cases/notices/list.html", {"page": page})


@require_POST
@requires(Permission.VIEW_NOTICES)
def notice_open(request, pk):
    """Opening is a form, because it notes that the notice is read."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    if not url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None):
        raise Http404
    notices.mark_read([notice.pk], by=request.user)
    return redirect(notice.path)


@require_POST
@requires(Permission.VIEW_NOTICES)
def notice_read_all(request):
    notices.mark_read(Notice.objects.visible_to(request.user).values("pk"), by=request.user)
    return redirect("cases:notice_list")


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_NOTICES)
def digest_setting(request):
    digest = Digest.objects.visible_to(request.user).first() or Digest(user=request.user)
    form = DigestForm(request.POST or None, instance=digest)
    if request.method == "POST" and form.is_valid():
        digests.set_digest(is_wanted=form.cleaned_data["is_wanted"], by=request.user)
        messages.success(request, _("Gespeichert."))
        return redirect("cases:digest_setting")
    return render(request, "cases/notices/setting.html", {"form": form})
