"""Asking guardians for consent, for one purpose at a time, and taking it back as easily."""

import hashlib
from uuid import UUID

from sqlalchemy import func, select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.access import access_own_pupil
from app.people.errors import ConsentPerBooking, OutdatedText
from app.people.kinds import Purpose
from app.people.models import Consent, ConsentText
from app.people.permissions import P
from app.people.service.binding import detach_phones


def text_hash(title: str, body: str) -> str:
    """What ties a consent to the very words that were shown."""
    return hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()


async def publish_text(ctx: Ctx, purpose: Purpose, title: str, body: str) -> ConsentText:
    """Publish a new version of a purpose's text; consents to older versions no longer count.

    The same words again are the same version.
    """
    ctx.require(P.CONSENT_EDIT)
    latest = await latest_text(ctx, purpose)
    fingerprint = text_hash(title, body)
    if latest is not None and latest.hash == fingerprint:
        return latest
    row = ConsentText(
        district_id=ctx.district_id,
        purpose=purpose,
        number=latest.number + 1 if latest else 1,
        title=title,
        body=body,
        hash=fingerprint,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "consent_text:publish", "consent_text", row.id)
    await ctx.db.refresh(row)
    return row


async def latest_text(ctx: Ctx, purpose: Purpose) -> ConsentText | None:
    stmt = (
        select(ConsentText)
        .where(ConsentText.district_id == ctx.district_id, ConsentText.purpose == purpose)
        .order_by(ConsentText.number.desc())
        .limit(1)
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def give_consent(ctx: Ctx, text_id: UUID, pupil_id: UUID, seen_hash: str) -> Consent:
    """The guardian agrees for an own child to the newest text, naming the words it saw.

    Agreeing again changes nothing. Refused when the text has changed since it
    was shown (`people.outdated_text`), and for what is asked with each booking.
    """
    ctx.require(P.CONSENT_GIVE)
    access_own_pupil(ctx, pupil_id)
    shown = await ctx.db.get(ConsentText, (ctx.district_id, text_id))
    if shown is None:
        raise NotFound
    if shown.purpose == Purpose.VISIT:
        raise ConsentPerBooking
    latest = await latest_text(ctx, Purpose(shown.purpose))
    if latest is None or latest.id != shown.id or shown.hash != seen_hash:
        raise OutdatedText
    given = await _open_consent(ctx, text_id, pupil_id)
    if given is not None:
        return given
    row = Consent(
        district_id=ctx.district_id,
        text_id=text_id,
        pupil_id=pupil_id,
        guardian_id=ctx.actor.person_id,
        channel=ctx.actor.channel,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "consent:give", "consent", row.id, pupil_id=pupil_id)
    await ctx.db.refresh(row)
    return row


async def _open_consent(ctx: Ctx, text_id: UUID, pupil_id: UUID) -> Consent | None:
    stmt = select(Consent).where(
        Consent.district_id == ctx.district_id,
        Consent.text_id == text_id,
        Consent.pupil_id == pupil_id,
        Consent.withdrawn_at.is_(None),
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def withdraw_consent(ctx: Ctx, consent_id: UUID) -> Consent:
    """Any guardian of the child takes it back with one tap; taking it back again changes nothing.

    With the consent to it goes the pupil's own WeChat, at once.
    """
    ctx.require(P.CONSENT_GIVE)
    row = await ctx.db.get(Consent, (ctx.district_id, consent_id), with_for_update=True)
    if row is None:
        raise NotFound
    access_own_pupil(ctx, row.pupil_id)
    if row.withdrawn_at is None:
        row.withdrawn_at = func.now()
        await ctx.db.flush()
        await audit.record(ctx, "consent:withdraw", "consent", row.id, pupil_id=row.pupil_id)
        text = await ctx.db.get(ConsentText, (ctx.district_id, row.text_id))
        if text is not None and text.purpose == Purpose.PUPIL_WECHAT:
            await detach_phones(ctx, row.pupil_id, row.pupil_id, "家长撤回同意")
        await ctx.db.refresh(row)
    return row
