// What was filled in stays with this visit of the page, also when the browser's button leads back to it or loads it anew.
//
// Browsers keep ticks by their place in the page, and the pictures may have moved on meanwhile; so they are kept here, by
// value. A visit that a link leads to is another one: what its address names is not overwritten.

const form = document.querySelector("[data-kept]");
const NOT_KEPT = ["file", "hidden", "submit"];

function fields() {
  return [...form.elements].filter((field) => field.name && !NOT_KEPT.includes(field.type));
}

function isTick(field) {
  return ["checkbox", "radio"].includes(field.type);
}

function isOnOffer(field, value) {
  return !field.options || [...field.options].some((option) => option.value === value);
}

function keep() {
  const kept = {};
  for (const field of fields()) {
    kept[field.name] ??= [];
    if (!isTick(field) || field.checked) kept[field.name].push(field.value);
  }
  history.replaceState({ ...history.state, kept }, "");
}

function fillIn(kept) {
  for (const field of fields()) {
    const values = kept[field.name];
    if (!values) continue;
    if (isTick(field)) field.checked = values.includes(field.value);
    else if (isOnOffer(field, values[0])) field.value = values[0];
  }
}

if (history.state?.kept) fillIn(history.state.kept);
form.addEventListener("change", keep);
// A link to a place on the page begins an entry of the history that knows nothing yet.
window.addEventListener("hashchange", keep);
// Of a text that is being typed no change is told yet. Sliders tell too much, and then of their change.
form.addEventListener("input", ({ target }) => {
  if (target.type !== "range") keep();
});
