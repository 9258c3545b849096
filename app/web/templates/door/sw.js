// Keeps the empty door page and what it loads; names of children are never in here.
const FILES = {{ files | tojson }};
const SHELL = FILES[0];
const CACHE = "door " + FILES.join(" ");
const PATIENCE = 4000;

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches
      .open(CACHE)
      .then(function (cache) {
        return cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
      })
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((one) => one !== CACHE).map((one) => caches.delete(one))))
      .then(() => self.clients.claim()),
  );
});

// A network that does not answer is none: after four seconds the kept page opens.
function asked(request) {
  return new Promise(function (resolve, reject) {
    setTimeout(() => reject(new Error("slow")), PATIENCE);
    fetch(request).then(resolve, reject);
  });
}

self.addEventListener("fetch", function (event) {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/door/api/") || url.pathname === "/door/sw.js") return;
  if (request.mode === "navigate") {
    event.respondWith(
      asked(request)
        .then((answer) => (answer.ok ? answer : caches.match(SHELL)))
        .catch(() => caches.match(SHELL)),
    );
  } else {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
