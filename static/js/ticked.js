// Ticks in a list of one's own things: all at once, nothing to delete without one, and kept for who comes back to this
// visit of the page after the question.

function ticks() {
  return [...document.querySelectorAll("input[name=ticked]")];
}

function isAllTicked() {
  return ticks().every((tick) => tick.checked);
}

function showTicked() {
  const isAnyTicked = ticks().some((tick) => tick.checked);
  for (const button of document.querySelectorAll("[data-needs-ticks]")) button.disabled = !isAnyTicked;
  for (const button of document.querySelectorAll("[data-tick-all]")) {
    button.hidden = false;
    button.textContent = isAllTicked() ? "Tick none" : "Tick all";
  }
}

function keepTicked() {
  const ticked = ticks().filter((tick) => tick.checked).map((tick) => tick.value);
  history.replaceState({ ...history.state, ticked }, "");
  showTicked();
}

function tickKept() {
  const kept = history.state?.ticked ?? [];
  for (const tick of ticks()) tick.checked = kept.includes(tick.value);
  showTicked();
}

document.addEventListener("change", ({ target }) => {
  if (target.name === "ticked") keepTicked();
});
document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-tick-all]")) return;
  const isTicked = !isAllTicked();
  for (const tick of ticks()) tick.checked = isTicked;
  keepTicked();
});
// The list is loaded anew where pictures have arrived.
document.body.addEventListener("htmx:afterSwap", tickKept);
window.addEventListener("pageshow", tickKept);
