// Keeps chats and tiles current: every two seconds ask whether the shown version is the latest.
"use strict";

const INTERVAL_MS = 2000;

async function refresh(holder) {
  const shown = holder.firstElementChild.dataset.version;
  const answer = await fetch(`${holder.dataset.refresh}?version=${encodeURIComponent(shown)}`);
  if (answer.status !== 200) return;
  const following = (version) => version.split("-").pop();
  holder.innerHTML = await answer.text();
  const latest = holder.firstElementChild.dataset.version;
  if (holder.classList.contains("chat") && following(shown) !== following(latest)) location.reload();
  holder.scrollTop = 0;
}

for (const holder of document.querySelectorAll("[data-refresh]")) {
  setInterval(() => {
    if (!document.hidden) refresh(holder).catch(() => undefined);
  }, INTERVAL_MS);
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
