"""Registering, and the number one is given for it."""

from django.http import HttpResponse
from django.shortcuts import redirect

from cases.public.form_pass import number_on, receipt_for
from cases.public.registration import Registration
from districts.public.frame import REGISTRATION, public_form, public_url, public_view, render_page


@public_form
def registration(request):
    visit = Registration(request)
    if request.method == "POST" and (number := visit.submitted(request)):
        thanks_url = public_url("registration:thanks", receipt=receipt_for(number))
        return HttpResponse(status=303, headers={"Location": thanks_url})
    context = {"visit": visit, "form": visit.form}
    page = "public/registration.html"
    return render_page(request, page, context, query=visit.query, status=visit.status, is_kept=False)


@public_view
def thanks(request, receipt):
    number = number_on(receipt)
    if number is None:
        return redirect(public_url(REGISTRATION))
    response = render_page(request, "public/registration_thanks.html", {"number": number}, is_kept=False)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
