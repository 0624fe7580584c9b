// By a style whose painting is not here nothing can be refined: as long as it is chosen, the reason stands in its place.

const form = document.querySelector("[data-create]");
const [atOnce, ...refined] = form.querySelectorAll("[name=instant_finish]");
const reason = form.querySelector("[data-why-not]");

function limitFinish() {
  const style = form.querySelector("[data-unrefinable]:checked");
  if (style && refined.some((finish) => finish.checked)) atOnce.checked = true;
  for (const finish of refined) finish.disabled = Boolean(style);
  const words = style?.dataset.unrefinable ?? "";
  if (reason.textContent !== words) reason.textContent = words;
}

form.addEventListener("change", limitFinish);
window.addEventListener("pageshow", limitFinish);
