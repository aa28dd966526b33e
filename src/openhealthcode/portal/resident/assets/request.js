// Counts what the resident's present choice would show, on the button that will show it.
const say = (element, one, many, count) => {
  element.textContent = (count === 1 ? one : many).replace("{count}", count);
};

function count(form) {
  const chosen = [...form.querySelectorAll(".switch:checked")];
  return [chosen.length, chosen.reduce((sum, box) => sum + Number(box.dataset.count), 0)];
}

function show(form) {
  const [categories, entries] = count(form);
  const allow = form.querySelector("button[value=allow]");
  const title = form.querySelector("[data-shown]");
  say(allow, form.dataset.allowOne, form.dataset.allow, entries);
  say(title, title.dataset.shownOne, title.dataset.shown, entries);
  allow.disabled = categories === 0;
  form.elements.agreed.value = entries;
}

export function follow(form) {
  form.addEventListener("change", () => show(form));
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault(); // a second tap is not a second answer
    form.dataset.sent = "yes";
  });
  show(form);
}

document.querySelectorAll("main .request").forEach(follow);
