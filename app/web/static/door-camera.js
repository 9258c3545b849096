// Reading cards with the phone's camera, where the browser can; elsewhere the button stays away.
(function () {
  const PAUSE = 250;
  const SAME_AGAIN = 4000;

  function start(button, viewer, video, off, onCode) {
    if (!window.BarcodeDetector || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
    let stream = null;
    let timer = null;
    let last = { text: "", at: 0 };
    button.hidden = false;

    async function look(detector) {
      if (!stream) return;
      try {
        for (const found of await detector.detect(video)) {
          const again = found.rawValue === last.text && Date.now() - last.at < SAME_AGAIN;
          last = { text: found.rawValue, at: Date.now() };
          if (!again) onCode(found.rawValue);
        }
      } catch (error) {
        // A frame that is not there yet.
      }
      timer = setTimeout(() => look(detector), PAUSE);
    }

    function stop() {
      clearTimeout(timer);
      if (stream) stream.getTracks().forEach((track) => track.stop());
      stream = null;
      viewer.hidden = true;
      button.hidden = false;
    }

    button.addEventListener("click", async function () {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch (error) {
        button.hidden = true;
        return;
      }
      video.srcObject = stream;
      await video.play();
      viewer.hidden = false;
      button.hidden = true;
      look(new window.BarcodeDetector({ formats: ["qr_code"] }));
    });
    off.addEventListener("click", stop);
    document.addEventListener("visibilitychange", () => document.hidden && stop());
  }

  window.Door.camera = start;
})();
