"""A line to a group of 企业微信 or 钉钉: counts only, no unit, no card."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote_plus

import httpx

from flows.home import Home, UserError
from flows.letters.lock import secret


def post(home: Home, text: str, now: datetime) -> bool:
    """Post a text to the group of the settings; True when the group's service took it.

    The address carries the group's key, so it is a secret and stands in no log.

    Raises:
        UserError: no address is given.
    """
    url = secret(home, "webhook_url")
    if url is None:
        raise UserError("请把群机器人的地址放入 keys/webhook_url 或环境变量 ZHIKONG_WEBHOOK_URL。")
    sign = secret(home, "webhook_secret")
    if home.settings.webhook == "dingtalk" and sign:
        url += _signature(sign, now)
    try:
        answer = httpx.post(url, json={"msgtype": "text", "text": {"content": text}}, timeout=10)
        return answer.is_success and answer.json().get("errcode") == 0
    except (httpx.HTTPError, ValueError, AttributeError):
        return False  # the queue keeps the attempt and the class of reason


def _signature(sign: str, now: datetime) -> str:
    """The signature of 钉钉: HMAC-SHA256 over time in milliseconds and secret."""
    milliseconds = int(now.timestamp() * 1000)
    digest = hmac.new(sign.encode(), f"{milliseconds}\n{sign}".encode(), hashlib.sha256).digest()
    return f"&timestamp={milliseconds}&sign={quote_plus(base64.b64encode(digest))}"
