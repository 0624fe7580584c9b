// Choosing pictures and styles: what was just uploaded is chosen, only so many at once, shares where there are several.

const form = document.querySelector("[data-create]");
const pair = form.querySelector("[data-pair]");
const refusal = document.querySelector("[data-refusal]");
const groups = [...form.querySelectorAll("[data-choices]")];

function chosen(group) {
  return [...group.querySelectorAll(".choice > label:first-child > input:checked")];
}

function isShown(part) {
  return part.offsetParent !== null;
}

// Styles that were learnt on different networks cannot be blended.
function isOfOtherNetwork(box, first) {
  return Boolean(first) && box.dataset.network !== first.dataset.network;
}

function limitChoice(group) {
  const most = Number(group.dataset.max);
  if (!most) return;
  const boxes = chosen(group);
  for (const box of group.querySelectorAll("input[type=checkbox]")) {
    const apart = !box.checked && isOfOtherNetwork(box, boxes[0]);
    box.disabled = apart || (boxes.length >= most && !box.checked);
    const reason = box.parentElement.querySelector("[data-other-network]");
    if (reason) reason.hidden = !apart;
  }
  const full = boxes.length < most ? "" : `${most} of ${most} are chosen; take one away to choose another.`;
  const place = group.querySelector("[data-full]");
  if (place.textContent !== full) place.textContent = full;
}

// Several styles are seen beside their shares.
function showPair() {
  const single = groups.filter(isShown).map(chosen).filter(({ length }) => length === 1);
  const pictures = single.flat().map((input) => input.parentElement.querySelector("img"));
  pair.replaceChildren(
    ...pictures.filter(Boolean).flatMap((picture, index) => {
      const copy = Object.assign(document.createElement("img"), { src: picture.currentSrc || picture.src, alt: "" });
      const plus = Object.assign(document.createElement("span"), { textContent: "+" });
      return index ? [plus, copy] : [copy];
    }),
  );
}

// A strip of pictures begins with its first; what is chosen may be far along it, also after the browser's back button.
function scrollStripTo(input) {
  const strip = input.closest(".choice-grid");
  const choice = input.closest(".choice").getBoundingClientRect();
  const room = strip.getBoundingClientRect();
  if (choice.left < room.left || choice.right > room.right) {
    strip.scrollLeft += choice.left - room.left - (room.width - choice.width) / 2;
  }
  if (choice.top < room.top || choice.bottom > room.bottom) strip.scrollTop += choice.top - room.top;
}

function showChosen() {
  groups.filter(isShown).flatMap((group) => chosen(group).slice(0, 1)).forEach(scrollStripTo);
}

// With hundreds of styles to choose from, all their shares would make an address that servers refuse.
function sendChosenShares(group) {
  for (const share of group.querySelectorAll(".choice-share input")) {
    share.disabled = !share.closest(".choice").querySelector("label:first-child > input").checked;
  }
}

function showChoice() {
  groups.forEach(limitChoice);
  groups.forEach(sendChosenShares);
  if (pair) showPair();
}

// Whether it is chosen, where it is to be: there may be no room for it.
function addChoice(group, picture, isOvertaken) {
  const existing = group.querySelector(`input[value="${picture.id}"]`);
  const input = existing ?? newChoice(group, picture);
  const full = input.type === "checkbox" && chosen(group).length >= Number(group.dataset.max);
  if (isOvertaken) return true;
  if (!full) input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  scrollStripTo(input);
  return !full;
}

function newChoice(group, picture) {
  const item = group.querySelector("template").content.firstElementChild.cloneNode(true);
  const input = item.querySelector("input");
  const image = item.querySelector("img");
  const share = item.querySelector("input[type=range]");
  input.value = picture.id;
  Object.assign(image, { width: picture.width, height: picture.height, src: picture.urls.card });
  item.querySelector(".choice-title").textContent = picture.title;
  if (share) share.name = `share-${picture.id}`;
  group.querySelector(".choice-grid").prepend(item);
  return input;
}

// Each visit of the page is a request of its own, also one that comes back with the browser's button.
function renewRequest() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  form.elements.request_id.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What was wrong with a choice is wrong no longer once it is another one, nor once its part of the form is put away.
function forgetRefusals(event) {
  const changed = event.target.closest("fieldset[aria-invalid], .field");
  for (const complaint of form.querySelectorAll(".errorlist")) {
    if (changed?.contains(complaint) || !isShown(complaint)) forget(complaint);
  }
  if (refusal && !refusal.childElementCount) {
    refusal.remove();
    document.title = document.title.replace("Error: ", "");
  }
}

function forget(complaint) {
  const place = complaint.closest("fieldset[aria-invalid], .field");
  refusal.querySelector(`a[href="#${complaint.id}"]`)?.parentElement.remove();
  complaint.remove();
  place.removeAttribute("aria-describedby");
  for (const part of [place, ...place.querySelectorAll("[aria-invalid]")]) part.removeAttribute("aria-invalid");
}

// The page of a refused form is long: it opens at the first thing to mend, or at what is said of the whole.
function showFirstRefusal() {
  const wrong = form.querySelector("[aria-invalid]");
  const first = wrong?.matches("fieldset") ? wrong.querySelector(".errorlist") : (wrong ?? refusal);
  if (!first) return;
  if (first.matches(".errorlist")) first.tabIndex = -1;
  first.focus();
}

form.addEventListener("change", showChoice);
form.addEventListener("change", forgetRefusals);
form.addEventListener("change", (event) => {
  if (event.target.name === "method") showChosen();
});
showFirstRefusal();
form.addEventListener("picture-added", (event) => {
  const { picture, isOvertaken } = event.detail;
  if (!addChoice(event.target.closest("[data-choices]"), picture, isOvertaken)) event.preventDefault();
});
window.addEventListener("pageshow", () => {
  renewRequest();
  showChoice();
  showChosen();
});
