// The door page: PIN, list, taps, scans. Every act is on the disk before anything else happens.
(function () {
  const Door = window.Door;
  const EVERY = 15000;
  const GONE = ["attendance.door_over", "attendance.door_revoked", "attendance.after_closing"];
  const at = (id) => document.getElementById(id);
  const token = location.pathname.split("/").pop();
  const state = {
    link: null, roster: null, device: "", queue: [], rows: new Map(), children: new Map(),
    way: "in", absent: null, ended: "", offline: !navigator.onLine, busy: false, again: false,
  };

  const now = () => new Date(Date.now() + ((state.link && state.link.offset) || 0));
  const own = () => state.queue.filter((entry) => entry.session_id === state.link.session_id);
  const unsent = () => own().filter((entry) => entry.state === "waiting");
  const isBad = Door.isBad;

  function tell(text, good) {
    at("said").hidden = !text;
    at("said").textContent = text;
    at("said").className = "said " + (good ? "said-good" : "said-bad");
  }

  const standing = (child) => Door.standing(child, unsent());
  const undoable = (child) => Door.undoable(child, own(), now());
  const closed = () => Door.closed(state.roster, state.way, now());

  function show() {
    if (state.ended) showEnd();
    if (!state.roster) return;
    let arrived = 0;
    let inside = 0;
    const looked = at("look").value.trim();
    for (const child of state.roster.children) {
      const is = standing(child);
      const parts = state.rows.get(child.id);
      arrived += is.arrived_at ? 1 : 0;
      inside += is.inside ? 1 : 0;
      const chosen = state.absent ? state.absent.has(child.id) : undefined;
      const asked = is.inside === (state.way === "out");
      Door.sayChild(parts, is, asked ? chosen : undefined);
      parts.undo.hidden = Boolean(state.absent) || !undoable(child);
      parts.item.hidden = (looked && !(child.name + child.class_name).includes(looked)) || Boolean(state.absent && !asked);
    }
    at("expected").textContent = state.roster.children.length;
    at("arrived").textContent = arrived;
    at("inside").textContent = inside;
    const why = closed();
    at("closed").hidden = !why;
    at("closed").textContent = why;
    at("all-but").textContent = state.way === "in" ? "全部到，除了…" : "全部走，除了…";
    at("all-but").hidden = Boolean(why) || Boolean(state.absent);
    showNet();
    showProblems();
    showAllBut();
  }

  function showNet() {
    const left = unsent().length;
    const net = at("net");
    let text = left ? "正在上传 " + left + " 条" : "在线，已全部上传";
    if (state.offline) text = left ? "离线，还有 " + left + " 条没上传" : "离线，可以照常登记";
    net.textContent = text;
    net.className = "mark " + (state.offline || left ? "mark-warn" : "mark-good");
    const unknown = unsent().filter((entry) => !entry.pupil_id).length;
    at("unknown").hidden = !unknown;
    at("unknown").textContent = "有 " + unknown + " 张没认出的卡已记下，上传后再判断。";
  }

  function showProblems() {
    const found = own().filter((entry) => isBad(entry) && entry.state === "sent");
    at("problems").hidden = !found.length;
    at("problems-title").textContent = "有 " + found.length + " 条要处理";
    const list = at("problem-list");
    const said = found.map((entry) => entry.nonce + entry.answer.code).join(" ");
    if (list.getAttribute("data-said") === said) return;
    list.setAttribute("data-said", said);
    list.replaceChildren(...found.map((entry) => Door.problem(entry, forget)));
  }

  function showAllBut() {
    const bar = at("all-but-bar");
    bar.hidden = !state.absent;
    if (!state.absent) return;
    const rest = restOfAll().length;
    const word = state.way === "in" ? "到" : "离开";
    at("all-but-say").textContent = "请点没" + word + "的孩子（已点 " + state.absent.size + " 人）。";
    at("all-but-go").textContent = "其余 " + rest + " 人都" + word + "了";
    at("all-but-go").disabled = !rest;
  }

  function restOfAll() {
    return state.roster.children.filter(function (child) {
      return standing(child).inside === (state.way === "out") && !state.absent.has(child.id);
    });
  }

  async function add(child, code, name) {
    const entry = {
      nonce: Door.uuid(), device: state.device, session_id: state.roster.session_id,
      pupil_id: child ? child.id : null, code: code || null, name: name,
      direction: state.way, scanned_at: now().toISOString(), undone_at: null, state: "waiting", answer: null,
    };
    if (child) {
      const is = standing(child);
      entry.before = { arrived_at: is.arrived_at, left_at: is.left_at };
    }
    await Door.keep(entry);
    state.queue.push(entry);
  }

  async function register(child, code) {
    const is = standing(child);
    if (closed()) return tell(closed(), false);
    if (state.way === "in" && is.inside) return tell(child.name + " " + Door.clock(is.arrived_at) + " 已经到了。", true);
    if (state.way === "out" && !is.arrived_at) return tell(child.name + "还没有签到，不能签退。", false);
    if (state.way === "out" && is.left_at) return tell(child.name + " " + Door.clock(is.left_at) + " 已经签退。", true);
    await add(child, code, child.name);
    tell(child.name + (state.way === "in" ? "到了" : "离开了") + (child.no_photo ? "。不要给这个孩子拍照。" : "。"), true);
    show();
    return send();
  }

  async function tap(child) {
    if (!state.absent) return register(child, null);
    if (state.absent.has(child.id)) state.absent.delete(child.id);
    else state.absent.add(child.id);
    return show();
  }

  async function scanned(text) {
    const code = text.trim();
    const scene = code.split("/c/").pop().replace(/\/$/, "");
    if (!code) return;
    if (closed()) return tell(closed(), false);
    const card = await Door.digest(state.roster.session_id + ":" + scene);
    const child = state.roster.children.find((one) => card && (one.card || "").startsWith(card.slice(0, 32)));
    if (child) return register(child, code);
    await add(null, code, "没认出的卡（…" + scene.slice(-4) + "）");
    tell("没认出这张卡，已记下，上传后再判断。", false);
    show();
    return send();
  }

  async function undo(child) {
    const entry = undoable(child);
    if (!entry) return show();
    entry.undone_at = now().toISOString();
    entry.state = "waiting";
    await Door.keep(entry);
    tell("已撤销" + child.name + "的" + (entry.direction === "out" ? "签退。" : "签到。"), true);
    show();
    return send();
  }

  // Read by a person: only now it leaves this device. The ledger keeps it anyway.
  async function forget(entry) {
    await Door.drop(entry.nonce);
    state.queue = state.queue.filter((one) => one !== entry);
    show();
  }

  async function answered(entry, answer) {
    entry.answer = answer;
    entry.state = "sent";
    const child = state.children.get(answer.pupil_id);
    if (child) {
      child.arrived_at = answer.arrived_at;
      child.left_at = answer.left_at;
      state.link.standing[child.id] = { arrived_at: answer.arrived_at, left_at: answer.left_at };
      entry.pupil_id = child.id;
      if (entry.name.startsWith("没认出")) entry.name = child.name;
    }
    if (answer.status === "accepted" && entry.code) tell(entry.name + "登记成功。", true);
    await Door.keep(entry);
  }

  async function send() {
    if (state.busy) {
      state.again = true;
      return;
    }
    state.busy = true;
    try {
      const waiting = unsent();
      if (waiting.length) await Door.upload(state.link.secret, waiting, answered);
      state.offline = false;
      if (waiting.length) await Door.keepLink(state.link);
      await tidy();
    } catch (error) {
      await failed(error);
    }
    state.busy = false;
    show();
    if (state.again && !state.offline) {
      state.again = false;
      await send();
    }
  }

  // What was accepted goes once it can no longer be undone.
  async function tidy() {
    const old = new Date(now() - 2 * Door.TWO_MINUTES).toISOString();
    for (const entry of own()) {
      if (entry.state === "sent" && !isBad(entry) && entry.scanned_at < old) await forget(entry);
    }
  }

  async function failed(error) {
    if (!(error instanceof Door.Refused)) {
      state.offline = true;
      return;
    }
    state.offline = error.status === 503 || error.status >= 500;
    if (error.status === 401) await released(error.message);
    else if (GONE.includes(error.code)) await over(error.message);
    else if (!state.offline) tell(error.message, false);
  }

  async function released(message) {
    state.link.secret = null;
    await over(message);
    at("open").hidden = false;
  }

  // The names leave the device; what was not uploaded stays, and goes with the next link here.
  async function over(message) {
    Object.assign(state.link, { roster: null, signature: null, standing: {} });
    await Door.keepLink(state.link);
    state.roster = null;
    state.ended = message;
    at("door").hidden = true;
    showEnd();
  }

  function showEnd() {
    const left = unsent().length;
    at("over").hidden = false;
    at("over").textContent = state.ended + (left ? " 这台手机上还有 " + left + " 条没上传，请不要清除浏览器数据。" : "");
  }

  async function refresh() {
    try {
      const said = await Door.call("GET", "roster", null, state.link.secret);
      const list = JSON.parse(said.roster);
      const offset = Date.parse(list.now) - Date.now();
      Object.assign(state.link, said, { session_id: list.session_id, offset: offset, standing: {} });
      if (!(await Door.isSigned(state.link))) throw new Error("signature");
      await Door.keepLink(state.link);
      enter();
      state.offline = false;
    } catch (error) {
      await failed(error);
    }
    show();
  }

  async function roll() {
    if (state.busy || document.hidden || !state.roster) return;
    try {
      const said = await Door.call("GET", "roll", null, state.link.secret);
      state.offline = false;
      if (said.children.length !== state.children.size || said.children.some((one) => !state.children.has(one.id))) {
        await refresh();
        return;
      }
      said.children.forEach(function (one) {
        Object.assign(state.children.get(one.id), one);
        state.link.standing[one.id] = { arrived_at: one.arrived_at, left_at: one.left_at };
      });
      await Door.keepLink(state.link);
    } catch (error) {
      await failed(error);
    }
    show();
  }

  function enter() {
    const roster = JSON.parse(state.link.roster);
    // The signed text is as old as its download; what happened since is beside it.
    roster.children.forEach((child) => Object.assign(child, state.link.standing[child.id]));
    state.roster = roster;
    state.children = new Map(roster.children.map((child) => [child.id, child]));
    state.rows = new Map(roster.children.map((child) => [child.id, Door.row(child, tap, undo)]));
    at("children").replaceChildren(...roster.children.map((child) => state.rows.get(child.id).item));
    at("nobody").hidden = roster.children.length > 0;
    at("nobody").textContent = "这一场还没有孩子预约。";
    at("title").textContent = roster.title;
    at("when").textContent = roster.base + "，" + Door.clock(roster.starts_at) + " 至 " + Door.clock(roster.ends_at);
    state.ended = "";
    at("over").hidden = at("open").hidden = true;
    at("door").hidden = false;
  }

  async function start() {
    state.device = await Door.device();
    state.queue = await Door.queue();
    state.link = (await Door.link(token)) || { token: token, secret: null, offset: 0, standing: {} };
    if (!state.link.secret) {
      at("open").hidden = false;
      return;
    }
    if (state.link.roster && (await Door.isSigned(state.link))) {
      if (now() < new Date(JSON.parse(state.link.roster).expires_at)) enter();
      else await over("这场活动已经结束，链接不能再用了。");
    }
    show();
    await refresh();
    if (!state.roster && !state.ended) {
      at("over").hidden = false;
      at("over").textContent = "现在没有网络，名单还没有下载到这台手机。连上网络后会自动打开。";
    }
    if (state.link.secret && unsent().length) await send();
  }

  async function open(event) {
    event.preventDefault();
    at("over").hidden = true;
    try {
      // Made and kept here first: when the answer gets lost, asking again is the same device.
      state.link.made = state.link.made || Door.chance(32);
      await Door.keepLink(state.link);
      await Door.call("POST", "open", { link: token, pin: at("pin").value, secret: state.link.made });
      state.link.secret = state.link.made;
      await Door.keepLink(state.link);
      await start();
    } catch (error) {
      at("over").hidden = false;
      at("over").textContent = error instanceof Door.Refused ? error.message : "没有网络，第一次打开要联网。";
    }
    at("pin").value = "";
  }

  function choose(way) {
    state.way = way;
    state.absent = null;
    at("way-in").setAttribute("aria-pressed", String(way === "in"));
    at("way-out").setAttribute("aria-pressed", String(way === "out"));
    tell("", true);
    show();
  }

  async function goAllBut() {
    const rest = restOfAll();
    state.absent = null;
    for (const child of rest) await add(child, null, child.name);
    tell("已登记 " + rest.length + " 人" + (state.way === "in" ? "到场。" : "离开。"), true);
    show();
    await send();
  }

  at("open").addEventListener("submit", open);
  at("typed").addEventListener("submit", function (event) {
    event.preventDefault();
    const text = at("code").value;
    at("code").value = "";
    scanned(text);
  });
  at("look").addEventListener("input", show);
  at("way-in").addEventListener("click", () => choose("in"));
  at("way-out").addEventListener("click", () => choose("out"));
  at("all-but").addEventListener("click", function () {
    state.absent = new Set();
    show();
  });
  at("all-but-stop").addEventListener("click", () => choose(state.way));
  at("all-but-go").addEventListener("click", goAllBut);
  Door.camera(at("camera"), at("viewer"), at("video"), at("camera-off"), scanned);

  async function tick() {
    if (!state.link || !state.link.secret) return;
    if (!state.roster && !state.ended) await refresh();
    if (unsent().length) await send();
    await roll();
  }
  window.addEventListener("online", tick);
  window.addEventListener("offline", function () {
    state.offline = true;
    show();
  });
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  setInterval(tick, EVERY);
  if (navigator.serviceWorker) navigator.serviceWorker.register("/door/sw.js", { scope: "/door/" });
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  start();
})();
