// The list of children and of what did not work: rows are made once and changed in place.
(function () {
  function make(tag, classes, text) {
    const made = document.createElement(tag);
    if (classes) made.className = classes;
    if (text) made.textContent = text;
    return made;
  }

  function clock(moment) {
    return new Date(moment).toLocaleTimeString("zh-CN", {
      hour: "2-digit",
      minute: "2-digit",
      hour12: false,
      timeZone: "Asia/Shanghai",
    });
  }

  function row(child, onTap, onUndo) {
    const item = make("li");
    const tap = make("button", "child");
    tap.type = "button";
    tap.append(make("span", "child-name", child.name), make("span", "small", child.class_name));
    const state = make("span", "child-state");
    const marks = make("span", "child-marks");
    if (child.no_photo) marks.append(make("span", "mark mark-warn", "不要拍照"));
    if (child.consent_missing) marks.append(make("span", "mark mark-bad", "待家长同意"));
    tap.append(state, marks);
    const undo = make("button", "undo", "撤销");
    undo.type = "button";
    undo.hidden = true;
    undo.setAttribute("aria-label", "撤销" + child.name);
    tap.addEventListener("click", () => onTap(child));
    undo.addEventListener("click", () => onUndo(child));
    item.append(tap, undo);
    return { item: item, tap: tap, state: state, undo: undo };
  }

  function say(parts, standing, chosen) {
    const inside = Boolean(standing.arrived_at && !standing.left_at);
    let text = "未到";
    if (standing.left_at) text = "已离开 " + clock(standing.left_at);
    else if (inside) text = "已到 " + clock(standing.arrived_at);
    if (standing.waiting) text += "，待上传";
    parts.tap.classList.toggle("child-in", inside);
    parts.tap.classList.toggle("child-left", Boolean(standing.left_at));
    parts.tap.classList.toggle("child-absent", chosen === true);
    if (chosen === undefined) parts.tap.removeAttribute("aria-pressed");
    else parts.tap.setAttribute("aria-pressed", String(chosen));
    parts.state.textContent = chosen ? "除外" : text;
  }

  function problem(entry, onSeen) {
    const item = make("li");
    const what = entry.undone_at ? "撤销" : entry.direction === "out" ? "签退" : "签到";
    item.append(make("strong", "", entry.name + "，" + clock(entry.scanned_at) + " " + what));
    item.append(make("span", "", entry.answer.message));
    const seen = make("button", "chip", "知道了");
    seen.type = "button";
    seen.setAttribute("aria-label", "知道了：" + entry.name);
    seen.addEventListener("click", () => onSeen(entry));
    item.append(seen);
    return item;
  }

  Object.assign(window.Door, { row: row, sayChild: say, problem: problem, clock: clock });
})();
