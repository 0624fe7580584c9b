// Puts photo and painted picture over each other, with a slider between them; without it they stand side by side.

for (const compare of document.querySelectorAll("[data-compare]")) {
  const range = compare.querySelector(".compare-range");
  const show = () => compare.style.setProperty("--position", `${range.value}%`);
  compare.classList.add("is-live");
  range.hidden = false;
  range.addEventListener("input", show);
  show();
}
