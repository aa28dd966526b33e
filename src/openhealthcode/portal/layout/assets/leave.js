// Blank the page while nobody looks at it: in the task switcher, on a locked or handed-over screen.
const mark = () => document.documentElement.toggleAttribute("data-left", document.hidden);
document.addEventListener("visibilitychange", mark);
// A page kept by the browser for "back" may belong to a session that has ended.
addEventListener("pageshow", (event) => event.persisted && location.reload());
mark();
