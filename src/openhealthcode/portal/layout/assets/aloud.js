// Reads the page aloud, with a voice that lives on this device: a page of health is sent to nobody.

const button = document.querySelector("[data-aloud]");
const speech = window.speechSynthesis;

const voice = () => {
  const wanted = document.documentElement.lang.slice(0, 2);
  return speech?.getVoices().find((one) => one.localService && one.lang.startsWith(wanted));
};

const offer = () => {
  button.hidden = !voice();
  button.closest(".aloud")?.toggleAttribute("data-offered", !button.hidden);
};

const silence = () => {
  speech.cancel();
  button.setAttribute("aria-pressed", "false");
};

const read = () => {
  if (button.getAttribute("aria-pressed") === "true") {
    silence();
    return;
  }
  const said = new SpeechSynthesisUtterance(document.querySelector("main").innerText);
  said.voice = voice();
  said.lang = said.voice.lang;
  said.rate = 0.9;
  said.onend = silence;
  speech.speak(said);
  button.setAttribute("aria-pressed", "true");
};

if (button && speech) {
  offer();
  speech.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", read);
  addEventListener("pagehide", () => speech.cancel());
  document.addEventListener("visibilitychange", () => document.hidden && silence());
}
