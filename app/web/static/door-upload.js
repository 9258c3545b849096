// Talking to the server. What has no answer stays in the queue; what was refused stays to be read.
(function () {
  const AT_ONCE = 100;
  const PATIENCE = 20000;

  class Refused extends Error {
    constructor(status, problem) {
      super(problem.detail || "系统正忙，请稍后再试。");
      this.status = status;
      this.code = problem.code || "";
    }
  }

  async function call(method, path, body, secret) {
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = { "Content-Type": "application/json" };
      if (secret) headers.Authorization = "Bearer " + secret;
      const answer = await fetch("/door/api/" + path, {
        method: method,
        headers: headers,
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
        credentials: "omit",
        signal: stop.signal,
      });
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Refused(answer.status, said);
      return said;
    } finally {
      clearTimeout(late);
    }
  }

  function wire(entry) {
    const sent = {
      device: entry.device,
      nonce: entry.nonce,
      scanned_at: entry.scanned_at,
      direction: entry.direction,
    };
    if (entry.code) sent.code = entry.code;
    else sent.pupil_id = entry.pupil_id;
    if (entry.undone_at) sent.undone_at = entry.undone_at;
    return sent;
  }

  // Sends what waits, oldest first; `onAnswer` keeps each answer before the next batch goes.
  async function upload(secret, waiting, onAnswer) {
    const ordered = waiting.slice().sort((a, b) => (a.scanned_at < b.scanned_at ? -1 : 1));
    for (let start = 0; start < ordered.length; start += AT_ONCE) {
      const batch = ordered.slice(start, start + AT_ONCE);
      // Taken back while it was on its way: the newer state goes with the next upload.
      const undone = batch.map((entry) => entry.undone_at);
      const said = await call("POST", "scans", { entries: batch.map(wire) }, secret);
      for (let place = 0; place < batch.length; place += 1) {
        if (batch[place].undone_at === undone[place]) await onAnswer(batch[place], said.answers[place]);
      }
    }
  }

  Object.assign(window.Door, { call: call, Refused: Refused, upload: upload });
})();
