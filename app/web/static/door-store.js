// What a door's device keeps: its link with the signed list, and the queue of what it registered.
// Everything survives a reload, a closed browser and a dead battery.
(function () {
  const TWO_MINUTES = 120000;

  function opened() {
    return new Promise(function (resolve, reject) {
      const asked = indexedDB.open("door", 1);
      asked.onupgradeneeded = function () {
        asked.result.createObjectStore("links", { keyPath: "token" });
        asked.result.createObjectStore("queue", { keyPath: "nonce" });
        asked.result.createObjectStore("device", { keyPath: "key" });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  let database = null;

  async function ask(store, mode, act) {
    database = database || opened();
    const db = await database;
    return new Promise(function (resolve, reject) {
      const work = db.transaction(store, mode);
      const asked = act(work.objectStore(store));
      // Only a finished transaction is on the disk.
      work.oncomplete = () => resolve(asked.result);
      work.onerror = work.onabort = () => reject(work.error);
    });
  }

  function hex(bytes) {
    return Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, "0")).join("");
  }

  function chance(size) {
    return hex(crypto.getRandomValues(new Uint8Array(size)));
  }

  function uuid() {
    const raw = chance(16);
    return [raw.slice(0, 8), raw.slice(8, 12), "4" + raw.slice(13, 16), "a" + raw.slice(17, 20), raw.slice(20)].join("-");
  }

  async function device() {
    const kept = await ask("device", "readonly", (store) => store.get("id"));
    if (kept) return kept.value;
    const made = "d" + chance(8);
    await ask("device", "readwrite", (store) => store.put({ key: "id", value: made }));
    return made;
  }

  // Without a secure page there is no way to compute; the server still checks everything.
  async function digest(text) {
    if (!crypto.subtle) return null;
    return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  }

  async function isSigned(link) {
    if (!crypto.subtle) return true;
    const bytes = (text) => new TextEncoder().encode(text);
    const how = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bytes(link.secret), how, false, ["sign"]);
    return hex(await crypto.subtle.sign("HMAC", key, bytes(link.roster))) === link.signature;
  }

  window.Door = {
    TWO_MINUTES: TWO_MINUTES,
    uuid: uuid,
    chance: chance,
    device: device,
    digest: digest,
    isSigned: isSigned,
    link: (token) => ask("links", "readonly", (store) => store.get(token)),
    keepLink: (link) => ask("links", "readwrite", (store) => store.put(link)),
    queue: () => ask("queue", "readonly", (store) => store.getAll()),
    keep: (entry) => ask("queue", "readwrite", (store) => store.put(entry)),
    drop: (nonce) => ask("queue", "readwrite", (store) => store.delete(nonce)),
  };
})();
