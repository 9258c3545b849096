"""Access tokens: who gets one, and when it stops working."""

from tests.simulator.stage import MINI_APPID, MINI_SECRET, Stage


def test_the_stable_token_stays_the_same_until_its_last_five_minutes(stage: Stage) -> None:
    first = stage.stable_token()
    stage.advance(6_800)
    again = stage.stable_token()
    assert again["access_token"] == first["access_token"]
    assert 300 < again["expires_in"] <= 400


def test_in_the_last_five_minutes_old_and_new_stable_token_both_work(stage: Stage) -> None:
    old = stage.stable_token()["access_token"]
    stage.advance(6_950)
    new = stage.stable_token()["access_token"]
    assert new != old
    assert (stage.works(old), stage.works(new)) == (0, 0)
    stage.advance(260)
    assert (stage.works(old), stage.works(new)) == (42001, 0)


def test_a_forced_refresh_kills_the_old_token_at_once(stage: Stage) -> None:
    old = stage.stable_token()["access_token"]
    new = stage.stable_token(force_refresh=True)["access_token"]
    assert (stage.works(old), stage.works(new)) == (40001, 0)


def test_forced_refreshes_are_thirty_seconds_apart_and_twenty_a_day(stage: Stage) -> None:
    assert "access_token" in stage.stable_token(force_refresh=True)
    assert stage.stable_token(force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        stage.advance(31)
        assert "access_token" in stage.stable_token(force_refresh=True)
    stage.advance(31)
    assert stage.stable_token(force_refresh=True)["errcode"] == 45009


def test_every_classic_token_kills_the_one_before_after_five_minutes(stage: Stage) -> None:
    old, new = (stage.classic_token()["access_token"] for _ in range(2))
    assert (stage.works(old), stage.works(new)) == (0, 0)
    stage.advance(301)
    assert (stage.works(old), stage.works(new)) == (40001, 0)


def test_the_two_kinds_of_token_do_not_touch_each_other(stage: Stage) -> None:
    stable = stage.stable_token()["access_token"]
    stage.classic_token()
    stage.advance(301)
    assert stage.works(stable) == 0


def test_a_wrong_identity_gets_its_own_number(stage: Stage) -> None:
    wrong = {
        40013: {"appid": "wxother"},
        40125: {"secret": "wrong"},
        40002: {"grant_type": "password"},
        41002: {"appid": ""},
        41004: {"secret": ""},
    }
    for errcode, changes in wrong.items():
        assert stage.stable_token(**changes)["errcode"] == errcode
        assert stage.classic_token(**changes)["errcode"] == errcode


def test_calls_without_a_good_token_are_refused_with_a_request_id(stage: Stage) -> None:
    assert stage.works("") == 41001
    assert stage.works("60_never-issued") == 40001
    mini = stage.stable_token(appid=MINI_APPID, secret=MINI_SECRET)["access_token"]
    assert stage.works(mini) == 48001
    assert "rid: " in stage.call("/cgi-bin/getcallbackip", access_token="")["errmsg"]


def test_the_classic_token_quota_is_two_thousand_a_day(stage: Stage) -> None:
    asked = {"cgi_path": "/cgi-bin/token"}
    stage.classic_token()
    left = stage.call("/cgi-bin/openapi/quota/get", asked)["quota"]
    assert left == {"daily_limit": 2_000, "used": 1, "remain": 1_999}
    stage.advance(86_400)
    stage.classic_token()
    assert stage.call("/cgi-bin/openapi/quota/get", asked)["quota"]["used"] == 1
