// Copy an address with one touch; without this file it can be selected and copied by hand.
document.querySelectorAll("[data-copy]").forEach(function (button) {
  var field = document.getElementById(button.getAttribute("data-copy"));
  var said = document.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", function () {
    field.focus();
    field.select();
    if (document.execCommand("copy") && said) said.hidden = false;
  });
});
