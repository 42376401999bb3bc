"""The calendar: its secret address in the user's hands, and the file under it for whoever holds the address."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.actions import calendar as actions
from cases.calendar_file import calendar_of, shown_follow_ups
from cases.models import CalendarFeed
from kim.permissions import Permission, may, requires
from kim.web.decorators import recently_authenticated
from kim.web.limits import is_called_too_often, later

MOST_CALLS = 60  # an hour; calendars ask every quarter of an hour at most


@require_GET
@requires(Permission.WORK_ON_CASES)
def calendar_setting(request):
    feed = CalendarFeed.objects.visible_to(request.user).first()
    return render(request, "cases/calendar/setting.html", {"feed": feed})


@require_POST
@requires(Permission.WORK_ON_CASES)
@recently_authenticated()
def calendar_renew(request):
    """The address is on this answer only: whoever opens the page later cannot read it."""
    token = actions.renew_feed(by=request.user)
    address = settings.SITE_URL.rstrip("/") + reverse("cases:calendar_feed", args=[token])
    feed = CalendarFeed.objects.visible_to(request.user).first()
    return render(request, "cases/calendar/setting.html", {"feed": feed, "address": address})


@require_POST
@requires(Permission.WORK_ON_CASES)
def calendar_delete(request):
    actions.delete_feed(by=request.user)
    messages.success(request, _("Die Kalenderadresse ist abgeschaltet."))
    return redirect("cases:calendar_setting")


@login_not_required
@require_GET
def calendar_feed(request, token):
    """Open without a login, since calendars have none. Every address that opens nothing is answered alike."""
    feed = CalendarFeed.objects.known_by(token).select_related("user__case_manager__provider").first()
    if feed is None or not may(feed.user, Permission.WORK_ON_CASES):
        raise Http404
    if is_called_too_often(f"calendar:{feed.pk}", MOST_CALLS):
        return later()
    actions.note_reading(feed)
    follow_ups = shown_follow_ups(feed.user, timezone.localdate())
    return HttpResponse(calendar_of(follow_ups), content_type="text/calendar; charset=utf-8")
