// Tick all rows at once; without this file the link loads the page with every row ticked.
document.addEventListener("click", function (event) {
  var link = event.target.closest("[data-tick-all]");
  if (!link) return;
  event.preventDefault();
  var boxes = link.closest("form").querySelectorAll("input[name=ids]");
  var on = Array.prototype.some.call(boxes, function (box) { return !box.checked; });
  boxes.forEach(function (box) { box.checked = on; });
});
