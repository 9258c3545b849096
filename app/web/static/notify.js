// Ask for messages with one tap, inside WeChat. Without this file, or outside WeChat, the page says
// where messages come instead.
(function () {
  "use strict";
  var box = document.querySelector("[data-notify][data-script]");
  if (!box) return;
  var address = box.getAttribute("data-script");
  var real = address.indexOf("https://res.wx.qq.com/") === 0;
  if (real && !/MicroMessenger/i.test(navigator.userAgent)) return;

  function show() {
    box.querySelector("[data-elsewhere]").hidden = true;
    box.querySelector("[data-inside]").hidden = false;
  }

  // {"<template>": "{\"status\":\"accept\"}"}: text within text, or objects already.
  function read(value) {
    if (typeof value !== "string") return value || {};
    try { return JSON.parse(value); } catch (error) { return { status: value }; }
  }

  function report(event) {
    var answers = read(event.detail && event.detail.subscribeDetails);
    var form = box.querySelector("form");
    form.querySelectorAll("[data-template]").forEach(function (field) {
      var answer = answers[field.getAttribute("data-template")];
      field.value = answer ? read(answer).status || "" : "";
    });
    form.submit();
  }

  function configure() {
    var page = location.href.split("#")[0];
    var query = new URLSearchParams({ url: page, account: box.getAttribute("data-account") });
    fetch("/wechat/js-sdk?" + query).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }).then(function (signed) {
      signed.jsApiList = [];
      signed.openTagList = ["wx-open-subscribe"];
      window.wx.ready(show);
      window.wx.config(signed);
    }).catch(function () { return undefined; });
  }

  // WeChat's own element: it paints the button itself and hears the tap before the page does.
  var place = box.querySelector("[data-button]");
  var tag = document.createElement("wx-open-subscribe");
  var face = document.createElement("script");
  tag.setAttribute("template", place.getAttribute("data-templates"));
  face.type = "text/wxtag-template";
  face.text = "<style>.notify-me{display:block;width:100%;border:0;border-radius:8px;padding:12px;" +
    "font-size:17px;color:#fff;background:#06853f}</style>" +
    "<button type='button' class='notify-me'>通知我</button>";
  tag.appendChild(face);
  tag.addEventListener("success", report);
  place.appendChild(tag);
  var script = document.createElement("script");
  script.src = address;
  script.onload = configure;
  document.head.appendChild(script);
})();
