// Reads codes with the camera: one button that starts and stops it, and what it found handed on.
const LOOK_MS = 110;

const remembers = {
  get on() {
    try {
      return sessionStorage.getItem("camera") === "on";
    } catch {
      return false;
    }
  },
  set on(value) {
    try {
      sessionStorage.setItem("camera", value ? "on" : "off");
    } catch {
      // private browsing: the camera is asked for again
    }
  },
};

// `read(text)` is called with what was found and answers whether to go on looking; `left()` when the
// camera was shut by hand.
export function setUpCamera(button, stage, read, left) {
  const video = stage.querySelector("video");
  const line = stage.querySelector("p");
  let stream = null;

  async function detector() {
    const { BarcodeDetector, prepareZXingModule } = await import(button.dataset.detector);
    // Without this the decoder would be fetched from a public host.
    prepareZXingModule({ overrides: { locateFile: () => button.dataset.wasm } });
    return new BarcodeDetector({ formats: ["qr_code"] });
  }

  async function start() {
    stage.hidden = false;
    line.textContent = stage.dataset.starting;
    button.setAttribute("aria-expanded", "true");
    button.querySelector("span").dataset.start ??= button.querySelector("span").textContent;
    button.querySelector("span").textContent = button.dataset.stop;
    try {
      const reading = detector();
      reading.catch(() => {}); // told below
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      video.srcObject = stream;
      const facing = stream.getVideoTracks()[0]?.getSettings().facingMode;
      video.toggleAttribute("data-mirrored", facing === "user");
      await video.play();
      line.textContent = stage.dataset.aim;
      remembers.on = true;
      look(await reading);
    } catch (error) {
      const denied = error.name === "NotAllowedError" || error.name === "SecurityError";
      stop();
      stage.hidden = false;
      video.hidden = true;
      line.textContent = denied ? stage.dataset.denied : stage.dataset.none;
    }
  }

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    video.hidden = false;
    stage.hidden = true;
    button.setAttribute("aria-expanded", "false");
    const label = button.querySelector("span");
    label.textContent = label.dataset.start ?? label.textContent;
  }

  async function look(reader) {
    while (stream) {
      const [found] = await reader.detect(video).catch(() => []);
      if (found?.rawValue && stream && !(await read(found.rawValue))) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  if (!navigator.mediaDevices?.getUserMedia) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (stream) {
      remembers.on = false;
      stop();
      left();
    } else start();
  });
  addEventListener("pagehide", stop);
  if (remembers.on) start();
}
