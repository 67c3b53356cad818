"""Addresses outside of the program to which mails lead."""

from urllib.parse import urlencode


def linkedin(name: str, organization: str, badge_url: str, badge_id: str, year: int, month: int) -> str:
    """LinkedIn's "add to profile" address for a badge that does not expire. Without an organization the earner fills it
    in."""
    fields: dict[str, str | int] = {"startTask": "CERTIFICATION_NAME", "name": name}
    if organization:
        fields["organizationName"] = organization
    fields |= {"issueYear": year, "issueMonth": month, "certUrl": badge_url, "certId": badge_id}
    return f"https://www.linkedin.com/profile/add?{urlencode(fields)}"
