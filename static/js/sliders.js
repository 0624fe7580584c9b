// What sliders say: their number stands in the <output data-value> that names them.

function showValue(output) {
  const slider = document.getElementById(output.htmlFor.value);
  output.textContent = slider.value;
  slider.setAttribute("aria-valuetext", `${slider.value} of ${slider.max}`);
}

function showValues() {
  document.querySelectorAll("[data-value]").forEach(showValue);
}

document.addEventListener("input", showValues);
window.addEventListener("pageshow", showValues);
