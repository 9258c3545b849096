// How far is this phone from the base? Reckoned here: a word is sent, never the place. Without this
// file, or without leave to ask, checking in works all the same.
(function () {
  var line = document.querySelector("[data-place]");
  if (!line || !navigator.geolocation) return;
  var base = line.getAttribute("data-place").split(",").map(Number);
  var said = line.querySelector("[role=status]");
  var EARTH_METRES = 6371000;
  var WORDS = { near: "在基地附近。", away: "不在基地附近，也可以签到。", far: "离基地很远，也可以签到。" };

  function radians(degrees) { return degrees * Math.PI / 180; }

  function metres(north, east) {
    var x = radians(east - base[1]) * Math.cos(radians((north + base[0]) / 2));
    return Math.hypot(x, radians(north - base[0])) * EARTH_METRES;
  }

  function tell(found) {
    var far = metres(found.coords.latitude, found.coords.longitude);
    var band = far <= 1000 ? "near" : far <= 5000 ? "away" : "far";
    document.querySelectorAll("[name=distance]").forEach(function (field) { field.value = band; });
    said.textContent = WORDS[band];
  }

  line.hidden = false;
  line.querySelector("button").addEventListener("click", function () {
    said.textContent = "正在核对…";
    navigator.geolocation.getCurrentPosition(tell, function () {
      said.textContent = "手机没有给出位置，直接签到就可以。";
    }, { timeout: 8000, maximumAge: 60000 });
  });
})();
