// What follows from what is known: where a child stands, what may be taken back, when a door is shut.
(function () {
  const Door = window.Door;
  const older = (a, b) => (a.scanned_at < b.scanned_at ? -1 : 1);

  // What the server knows, with what this device has registered and not sent yet.
  function standing(child, unsent) {
    const found = { arrived_at: child.arrived_at, left_at: child.left_at, waiting: false };
    const mine = unsent.filter((entry) => entry.pupil_id === child.id).sort(older);
    for (const entry of mine) {
      found.waiting = true;
      if (entry.undone_at) Object.assign(found, entry.before || {});
      else if (entry.direction === "out") found.left_at = entry.scanned_at;
      else {
        found.arrived_at = found.left_at || !found.arrived_at ? entry.scanned_at : found.arrived_at;
        found.left_at = null;
      }
    }
    found.inside = Boolean(found.arrived_at && !found.left_at);
    return found;
  }

  function isBad(entry) {
    return Boolean(entry.answer) && ["refused", "waiting"].includes(entry.answer.status);
  }

  // The child's newest entry of this device, for two minutes.
  function undoable(child, own, now) {
    const since = new Date(now - Door.TWO_MINUTES).toISOString();
    const mine = own.filter((entry) => entry.pupil_id === child.id && entry.scanned_at > since);
    const last = mine.sort(older).pop();
    return last && !last.undone_at && !isBad(last) ? last : null;
  }

  // Why nothing can be registered now, or nothing.
  function closed(roster, way, now) {
    if (now < new Date(roster.entry_from)) return Door.clock(roster.entry_from) + " 开始登记。";
    if (now > new Date(roster.exit_until)) return "已经过了登记时间。";
    if (way === "in" && now > new Date(roster.ends_at)) return "活动已结束，不能再签到，只能签退。";
    return "";
  }

  Object.assign(Door, { standing: standing, isBad: isBad, undoable: undoable, closed: closed });
})();
