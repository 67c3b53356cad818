"""What a browser says of itself, in words."""

import pytest

from services.intake.domain.sessions import Client, client_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Client("Firefox", "Linux")),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36", Client("Chrome", "Windows")),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0",
            Client("Edge", "Windows"),
        ),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", Client("Chrome", "Android")),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            Client("Safari", "macOS"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Safari/604.1",
            Client("Chrome", "iPhone"),
        ),
        ("python-httpx/0.28.1", Client()),
        ("", Client()),
        ("<script>alert(1)</script>", Client()),
        ("x" * 1000 + "Firefox/140.0", Client()),
    ],
)
def test_a_user_agent_in_words(user_agent: str, client: Client) -> None:
    assert client_of(user_agent) == client
