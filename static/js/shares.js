// The chosen styles in the panel of settings: a share for each of several, the samples of a single one.

const form = document.querySelector("[data-create]");
const list = form.querySelector("[data-shares]");
const strip = form.querySelector("[data-samples]");
const groups = [...form.querySelectorAll("[data-choices][data-max]")];

function chosenStyles() {
  const group = groups.find((candidate) => candidate.offsetParent !== null);
  return group ? [...group.querySelectorAll(".choice > label:first-child > input:checked")] : [];
}

function titleOf(input) {
  return input.parentElement.querySelector(".choice-title").textContent;
}

// The slider under the cover stays the one that is sent; the one in the panel moves it.
function shareOf(input) {
  return input.closest(".choice").querySelector(".choice-share input");
}

function rowOf(input) {
  const row = list.querySelector("template").content.firstElementChild.cloneNode(true);
  const slider = row.querySelector("input");
  const cover = input.parentElement.querySelector(".choice-picture").firstElementChild.cloneNode(true);
  if (cover.alt) cover.alt = "";
  row.dataset.style = input.value;
  row.querySelector("[data-cover]").append(cover);
  row.querySelector("[data-title]").textContent = titleOf(input);
  slider.value = shareOf(input).value;
  slider.addEventListener("input", () => {
    shareOf(input).value = slider.value;
    showPercents();
  });
  return row;
}

function showPercents() {
  const rows = [...list.querySelectorAll("li")];
  const total = rows.reduce((sum, row) => sum + Number(row.querySelector("input").value), 0);
  for (const row of rows) {
    const slider = row.querySelector("input");
    const percent = `${Math.round((100 * slider.value) / total)} %`;
    row.querySelector("output").textContent = percent;
    slider.setAttribute("aria-valuetext", percent);
  }
}

// Rows are made anew only when others are chosen: a slider must not be replaced while it is moved.
function showShares() {
  const styles = chosenStyles();
  const several = styles.length > 1 ? styles : [];
  const rows = [...list.querySelectorAll("li")];
  if (several.map((input) => input.value).join() !== rows.map((row) => row.dataset.style).join()) {
    rows.forEach((row) => row.remove());
    list.append(...several.map(rowOf));
  }
  list.hidden = !several.length;
  showPercents();
  showSamples(styles.length === 1 ? styles[0] : null);
}

function showSamples(input) {
  strip.hidden = !input?.dataset.strip;
  if (strip.hidden) return;
  strip.alt = `Three photos painted in the style ${titleOf(input)}`;
  if (strip.getAttribute("src") !== input.dataset.strip) strip.src = input.dataset.strip;
}

form.classList.add("has-shares-in-panel");
form.addEventListener("change", showShares);
window.addEventListener("pageshow", showShares);
