"""Levels, signatures (also by `app.cli`) and pages as families, the secretariat and strangers meet them."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from sqlalchemy import text

from app.kit.db import system_context
from app.kit.ids import new_id, spoken_code
from app.kit.sealing import Sealer
from app.passports.service.signing import sign_stamps
from app.wiring import JOBS, WIRING
from tests.cast import CAST, HERE, POTTERY, SECRET_KEY, WEATHER, Somebody
from tests.client import Client
from tests.command import app_cli  # starts app.cli
from tests.statements import counted

ADD = text(
    "INSERT INTO stamp (district_id, id, pupil_id, session_id, base_id, title, base_name, category, "
    "minutes, evidence, code, awarded_at) SELECT :d, :id, :pupil, :session, :base, '捏一只小碗', "
    "name, 'social', 90, 'A', :code, :at FROM learning_base WHERE id = :base"
)


async def stamp(client: Client, pupil: Somebody, base: UUID = POTTERY) -> UUID:
    """A stamp as the door leaves it: neither counted nor signed."""
    session, stamp_id = await client.add_session(), new_id()
    async with client.engine.begin() as conn:
        await conn.execute(
            ADD,
            {
                "d": HERE,
                "id": stamp_id,
                "pupil": pupil.id,
                "session": session,
                "base": base,
                "code": spoken_code(16),
                "at": datetime.now(UTC) - timedelta(hours=1),
            },
        )
    return stamp_id


async def work(client: Client, name: str, **arguments: str) -> None:
    job = next(job for job in JOBS if job.name == name)
    await job.run(lambda: system_context(client.engine, WIRING, HERE), arguments)


async def count(client: Client) -> None:
    await work(client, "passports.count_levels")


async def sign(client: Client) -> int:
    return await sign_stamps(client.engine, Sealer(SECRET_KEY))


async def levels(client: Client, who: Somebody, pupil: Somebody) -> dict[str, Any]:
    """The ladder of dream courses of this child."""
    answer = await client.get(who, f"/pupils/{pupil.id}/levels")
    assert answer.status_code == 200, answer.text
    found = {one["key"]: one for one in answer.json()["items"]}
    ladder: dict[str, Any] = found["dream_ladder"]
    return ladder


async def told(client: Client, who: Somebody) -> list[str]:
    news = (await client.get(who, "/notifications")).json()["items"]
    return [one["headline"] for one in news]


async def test_a_child_reaches_a_level_and_the_family_is_told_once(client: Client) -> None:
    await stamp(client, CAST.xiaonan)
    await count(client)
    ladder = await levels(client, CAST.mama, CAST.xiaonan)
    assert ladder["sentence"] == "再盖 1 枚印章，再去 1 个没去过的基地，就到铜章。"
    last = await stamp(client, CAST.xiaonan, WEATHER)
    for _ in range(2):
        await count(client)
    assert await told(client, CAST.mama) == ["护照升级了"]
    row = (await client.rows("SELECT level, explanation, state FROM level_reached"))[0]
    assert tuple(row) == ("bronze", "印章 2 枚，不同基地 2 个", "standing")
    # A correction takes the visit back: the level is marked, not deleted, and comes back untold.
    await client.rows(
        "UPDATE stamp SET revoked_at = now(), counted_at = NULL WHERE id = :id", id=last
    )
    await count(client)
    assert await client.value("SELECT state FROM level_reached") == "corrected"
    await stamp(client, CAST.xiaonan, WEATHER)
    await count(client)
    assert await client.value("SELECT state FROM level_reached") == "standing"
    assert await told(client, CAST.mama) == ["护照升级了"]
    assert (await client.get(CAST.beimama, f"/pupils/{CAST.xiaonan.id}/levels")).status_code == 404


async def test_new_rules_show_their_effect_first_and_take_nothing_away(client: Client) -> None:
    for base in (POTTERY, WEATHER):
        await stamp(client, CAST.xiaonan, base)
    await count(client)
    draft = (await client.post(CAST.secretary, "/rule-sets", {"key": "dream_ladder"})).json()
    assert (draft["number"], draft["state"]) == (2, "draft")
    again = await client.post(CAST.secretary, "/rule-sets", {"key": "dream_ladder"})
    assert again.json()["code"] == "passport.rules_draft_waiting"
    path = f"/rule-sets/{draft['id']}"
    assert (await client.get(CAST.mama, path)).status_code == 404, "drafts are the secretariat's"
    body = draft["body"]
    body["levels"][0]["needs"] = [{"kind": "stamps", "at_least": 3}]
    loop = {**body, "levels": [{**body["levels"][0], "after": "bronze"}]}
    refused = await client.call(CAST.secretary, "PUT", f"{path}/body", loop)
    assert (refused.status_code, refused.json()["code"]) == (422, "passport.rules_loop")
    assert "铜章" in refused.json()["detail"]
    assert (await client.call(CAST.secretary, "PUT", f"{path}/body", body)).status_code == 200
    today = {
        "from_on": str(
            (await client.rows("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date"))[0][0]
        )
    }
    early = await client.post(CAST.secretary, f"{path}/apply", today)
    assert early.json()["code"] == "passport.rules_not_previewed"
    assert (await client.post(CAST.secretary, f"{path}/preview")).status_code == 202
    await work(client, "passports.preview_rules", rule_set=draft["id"])
    seen = (await client.get(CAST.secretary, path)).json()["preview"]
    assert seen["levels"][0] == {"name": "铜章", "now": 1, "gained": 0, "lost": 1}
    assert [one[1:] for one in seen["schools"]] == [[0, 1]]
    assert CAST.xiaonan.name not in json.dumps(seen, ensure_ascii=False)
    assert await client.value("SELECT state FROM level_reached") == "standing", "nothing happened"
    applied = await client.post(CAST.secretary, f"{path}/apply", today)
    assert applied.json()["state"] == "in_force", applied.text
    await work(client, "passports.recompute_levels", rule_set=draft["id"])
    assert await client.value("SELECT state FROM level_reached") == "old_rules"
    page = await client.http.get("/m/passport", headers=CAST.mama.headers)
    assert "按旧规则保留：铜章" in page.text
    assert "再盖 1 枚印章，就到铜章。" in page.text
    edited = await client.call(CAST.secretary, "PUT", f"{path}/body", body)
    assert edited.json()["code"] == "passport.rules_in_force"


async def test_a_unit_does_not_recognise_its_own_base(client: Client) -> None:
    marked = {"marks": ["patriotic"]}
    refused = await client.patch(CAST.publisher, f"/bases/{POTTERY}", marked)
    assert refused.json()["code"] == "resources.marks_are_given"
    given = await client.patch(CAST.secretary, f"/bases/{POTTERY}", marked)
    assert given.json()["marks"] == ["patriotic"]
    kept = await client.patch(CAST.publisher, f"/bases/{POTTERY}", {**marked, "theme": "陶艺"})
    assert kept.status_code == 200


async def test_anybody_checks_a_stamp_with_the_published_keys_alone(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    stamp_id = await stamp(client, CAST.xiaonan)
    code = await client.value("SELECT code FROM stamp WHERE id = :id", id=stamp_id)
    assert "签名中" in (await client.http.get(f"/verify/{code}")).text
    assert await sign(client) == 1
    assert await sign(client) == 0
    page = await client.http.get(f"/verify/{code.lower()}")
    assert "是真的，有效" in page.text
    assert CAST.xiaonan.name not in page.text
    files = [tmp_path / "stamp.json", tmp_path / "keys.json"]
    addresses = (f"/verify/{code}.json", "/.well-known/wuchuang-stamps.json")
    for file, address in zip(files, addresses, strict=True):
        file.write_bytes((await client.http.get(address)).content)
    nowhere = "postgresql+asyncpg://127.0.0.1:9/none"
    assert (
        "印章有效" in app_cli(nowhere, "stamp-check", str(files[0]), "--keys", str(files[1])).stdout
    )
    document = json.loads(files[0].read_text())
    assert str(CAST.xiaonan.id) not in files[0].read_text()
    document["payload"]["minutes"] = 900
    files[0].write_text(json.dumps(document))
    forged = app_cli(nowhere, "stamp-check", str(files[0]), "--keys", str(files[1]))
    assert (forged.returncode, "stamp_forged" in forged.stderr) == (1, True)
    # A changed row does not pass either; a new key leaves old stamps good; a leaked one does not.
    await client.rows("UPDATE stamp SET minutes = 900")
    assert "签名不对" in (await client.http.get(f"/verify/{code}")).text
    await client.rows("UPDATE stamp SET minutes = 90")
    assert "已启用" in app_cli(database_url, "stamp-keys").stdout
    assert "是真的，有效" in (await client.http.get(f"/verify/{code}")).text
    leaked = document["payload"]["kid"]
    assert app_cli(database_url, "stamp-keys", "--withdraw", leaked).returncode == 0
    assert "签名中" in (await client.http.get(f"/verify/{code}")).text
    assert await sign(client) == 1
    assert "是真的，有效" in (await client.http.get(f"/verify/{code}")).text
    await client.rows("UPDATE stamp SET revoked_at = now()")
    assert "已作废" in (await client.http.get(f"/verify/{code}")).text
    assert len((await client.http.get(addresses[1])).json()["revoked"]) == 1
    unknown = await client.http.get("/verify/AAAABBBBCCCCDDDD")
    assert (unknown.status_code, "没有这枚印章" in unknown.text) == (404, True)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_the_guardian_takes_a_badge_that_others_can_check(client: Client) -> None:
    stamp_id = await stamp(client, CAST.xiaonan)
    path = f"/m/passport/stamps/{stamp_id}"
    early = await client.http.post(f"{path}/badge", headers=CAST.mama.headers)
    assert early.status_code == 409
    await sign(client)
    answer = await client.http.post(f"{path}/badge", headers=CAST.mama.headers)
    assert answer.status_code == 200, answer.text
    # RFC 7515 by hand: what is signed is the text before the second point.
    header, payload, signature = answer.text.split(".")
    said = json.loads(_decoded(header))
    assert (said["alg"], said["jwk"]["crv"]) == ("EdDSA", "Ed25519")
    key = Ed25519PublicKey.from_public_bytes(_decoded(said["jwk"]["x"]))
    key.verify(_decoded(signature), f"{header}.{payload}".encode())
    published = (await client.http.get("/.well-known/wuchuang-stamps.json")).json()["keys"]
    assert said["jwk"]["x"] in {one["x"] for one in published}
    # … and by an implementation of Open Badges 3.0 that is not ours; a bent one is refused.
    verifier = OB3Verifier(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert verifier.verify(answer.text).achievement.name
    with pytest.raises(OB3VerificationError):
        verifier.verify(f"{header}.{payload[:-2]}AA.{signature}")
    credential = json.loads(_decoded(payload))
    assert credential["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert credential["sub"] == credential["credentialSubject"]["id"]
    assert credential["sub"].startswith("urn:uuid:")
    text_of = json.dumps(credential, ensure_ascii=False)
    assert CAST.xiaonan.name not in text_of
    assert str(CAST.xiaonan.id) not in text_of
    for other in (CAST.beimama, CAST.teacher, CAST.foreign_mama):
        refused = await client.http.post(f"{path}/badge", headers=other.headers)
        assert refused.status_code in (403, 404, 409), refused.status_code
        assert "." not in refused.text[:20]


async def test_the_passport_is_five_statements_however_many_stamps(client: Client) -> None:
    for _ in range(3):
        await stamp(client, CAST.xiaonan)
    await count(client)
    sent = []
    for _ in range(2):
        with counted(client) as statements:
            page = await client.http.get("/m/passport", headers=CAST.granny.headers)
        assert "共 " in page.text
        assert page.status_code == 200
        sent.append(len(statements))
        for _ in range(4):
            await stamp(client, CAST.xiaonan, WEATHER)
    assert sent[0] == sent[1] <= 5, statements
    await client.rows("UPDATE learning_base SET theme = '\"&<'")
    await client.rows("UPDATE stamp SET base_name = '<script>alert(1)</script>'")
    page = await client.http.get("/m/passport", headers=CAST.mama.headers)
    assert page.status_code == 200
    assert "<script>" not in page.text
    for part in page.text.split("base64,")[1:]:
        assert b"<script" not in base64.b64decode(part.split('"')[0])
