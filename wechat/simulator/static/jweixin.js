// What WeChat's own script gives a page: wx.config, wx.ready, wx.error, and <wx-open-subscribe>,
// which asks the person and tells the platform. The phone is the one this browser opened last.
(function () {
  "use strict";
  var origin = new URL(document.currentScript.src).origin;
  var waiting = [], failing = [], state = "new", trouble = null;

  function ask(path, body) {
    return fetch(origin + path, { method: "POST", credentials: "include", body: new URLSearchParams(body) })
      .then(function (answer) { return answer.json(); });
  }

  window.wx = {
    config: function (given) {
      ask("/sim/js/config", {
        appId: given.appId, timestamp: given.timestamp, nonceStr: given.nonceStr,
        signature: given.signature, url: location.href.split("#")[0],
      }).then(function (answer) {
        state = answer.errMsg === "config:ok" && (given.openTagList || []).length ? "ready" : "failed";
        trouble = answer;
        (state === "ready" ? waiting : failing).forEach(function (act) { act(answer); });
      }).catch(function () { state = "failed"; });
    },
    ready: function (act) { if (state === "ready") act(); else waiting.push(act); },
    error: function (act) { if (state === "failed") act(trouble); else failing.push(act); },
  };

  class Subscribe extends HTMLElement {
    connectedCallback() {
      var inner = this.querySelector("script[type='text/wxtag-template']");
      if (!inner || this.shadowRoot) return;
      var root = this.attachShadow({ mode: "open" });
      root.innerHTML = inner.textContent;
      var tag = this;
      window.wx.ready(function () { root.addEventListener("click", function () { tag.open(); }); });
    }

    open() {
      var tag = this;
      ask("/sim/js/templates", { ids: this.getAttribute("template") || "" }).then(function (answer) {
        if (answer.errMsg !== "ok") return tag.tell("error", answer);
        tag.show(answer);
      });
    }

    show(answer) {
      var tag = this, box = document.createElement("dialog");
      box.setAttribute("aria-label", "订阅消息");
      box.style.cssText = "position:fixed;inset:auto 0 0 0;margin:0 auto;border:0;border-radius:12px 12px 0 0;padding:20px 20px 28px;width:100%;max-width:480px;box-sizing:border-box;font:16px/1.5 sans-serif;color:#191919;background:#fff";
      var heading = document.createElement("p");
      heading.style.cssText = "margin:0 0 8px;font-weight:600";
      heading.textContent = answer.account + " 申请给" + answer.phone + "发送一次以下消息";
      box.appendChild(heading);
      answer.templates.forEach(function (one) {
        var line = document.createElement("label"), tick = document.createElement("input");
        tick.type = "checkbox"; tick.checked = true; tick.value = one.id;
        line.style.cssText = "display:block;padding:6px 0;color:#191919";
        line.append(tick, " " + one.title);
        box.appendChild(line);
      });
      ["拒绝", "允许"].forEach(function (word) {
        var button = document.createElement("button");
        button.type = "button"; button.textContent = word;
        button.style.cssText = "margin:12px 12px 0 0;padding:8px 22px;border:0;border-radius:6px;font-size:16px;" +
          (word === "允许" ? "background:#06853f;color:#fff" : "background:#f2f2f2;color:#191919");
        button.addEventListener("click", function () { tag.answer(box, word === "允许"); });
        box.appendChild(button);
      });
      document.body.appendChild(box);
      box.showModal();
    }

    answer(box, allowed) {
      var tag = this, answers = {};
      box.querySelectorAll("input").forEach(function (tick) {
        answers[tick.value] = allowed && tick.checked ? "accept" : "reject";
      });
      box.remove();
      ask("/sim/js/subscribe", answers).then(function (told) {
        var details = {};
        Object.keys(told.answers).forEach(function (id) {
          details[id] = JSON.stringify({ status: told.answers[id] });
        });
        tag.tell("success", { errMsg: "subscribe:ok", subscribeDetails: JSON.stringify(details) });
      });
    }

    tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail: detail })); }
  }
  customElements.define("wx-open-subscribe", Subscribe);
})();
