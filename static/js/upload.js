// Uploads with one bar a file, from the file field, by drop and by paste.
//
// A zone is an element with data-upload (the address), a file field and a [data-upload-list]. With data-upload-page it
// takes what is dropped anywhere on the page. When a picture has arrived the zone fires "picture-added" with the
// server's record, and whoever cannot choose it prevents the default; with data-refresh the element of that id is
// loaded anew once all files are through. A form that is sent meanwhile waits for its files; its [data-submit] and
// [data-submit-status] say so.

const AT_ONCE = 2;
const zones = [...document.querySelectorAll("[data-upload]")];
const waiting = [];
const held = new Map();
// Zones with pictures that the page does not show yet.
const arrived = new Set();
let running = 0;

function addFiles(zone, files) {
  if (files.length) zone.querySelectorAll(".upload.failed").forEach((entry) => entry.remove());
  for (const file of files) {
    const entry = showEntry(zone, file);
    const limit = Number(zone.dataset.maxBytes);
    if (limit && file.size > limit) finish(entry, "failed", zone.dataset.maxMessage);
    else waiting.push({ zone, file, entry });
  }
  next();
}

function showEntry(zone, file) {
  const entry = document.createElement("li");
  const name = Object.assign(document.createElement("span"), { className: "upload-name", textContent: file.name });
  const message = Object.assign(document.createElement("span"), { className: "upload-message" });
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  entry.className = "upload";
  entry.append(name, message, bar);
  zone.querySelector("[data-upload-list]").append(entry);
  show(entry);
  return entry;
}

function finish(entry, state, message) {
  entry.classList.add(state);
  entry.querySelector("progress")?.remove();
  entry.querySelector(".upload-message").textContent = message;
  if (state !== "done") show(entry);
  release(entry);
}

// The bar at the bottom of a form may lie over it.
function show(entry) {
  entry.scrollIntoView({ block: "nearest" });
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    send(waiting.shift());
  }
}

function send({ zone, file, entry }) {
  const form = zone.closest("form");
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.append("files", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", zone.dataset.upload);
  request.setRequestHeader("Accept", "application/json");
  const bar = entry.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    entry.querySelector(".upload-message").textContent = "Checking …";
  });
  request.addEventListener("loadend", () => {
    settle(zone, entry, request);
    running -= 1;
    next();
    if (!running && !waiting.length && arrived.delete(zone)) refresh(zone);
  });
  request.send(body);
}

function settle(zone, entry, request) {
  const answer = parsed(request.responseText);
  if (request.status === 201 && answer) {
    arrived.add(zone);
    const added = new CustomEvent("picture-added", { bubbles: true, cancelable: true, detail: answer });
    if (zone.dispatchEvent(added)) finish(entry, "done", "Added");
    else finish(entry, "unchosen", "Added, but not chosen: as many are as can be.");
  } else if (request.status === 0) {
    finish(entry, "failed", "The connection was lost; try this file again.");
  } else if (request.status === 403) {
    finish(entry, "failed", "You signed in since this page was opened; load it anew, then upload.");
  } else {
    finish(entry, "failed", answer?.message ?? `The server answered ${request.status}; try this file again.`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refresh(zone) {
  const id = zone.dataset.refresh;
  if (!id) return;
  // What has just arrived stands on the first page.
  const address = new URL(window.location.href);
  address.searchParams.delete("page");
  window.htmx.ajax("GET", address.href, { target: `#${id}`, select: `#${id}`, swap: "outerHTML" });
}

function isUploading(form) {
  return form.querySelector(".upload:not(.done, .unchosen, .failed)") !== null;
}

// Leaving the page would break the uploads off, and the form would name the pictures chosen before.
function hold(event) {
  const form = event.target;
  if (!isUploading(form)) return;
  event.preventDefault();
  event.stopPropagation();
  if (held.has(form)) return;
  const button = form.querySelector("[data-submit]");
  held.set(form, { submitter: event.submitter, label: button.textContent });
  button.textContent = "Uploading …";
  button.setAttribute("aria-disabled", "true");
  form.querySelector("[data-submit-status]").textContent = "Uploading; this is sent as soon as the files are through.";
}

function release(entry) {
  const form = entry.closest("form");
  const stopped = entry.matches(".failed, .unchosen");
  if (!held.has(form) || (isUploading(form) && !stopped)) return;
  const { submitter, label } = held.get(form);
  const button = form.querySelector("[data-submit]");
  held.delete(form);
  button.textContent = label;
  button.removeAttribute("aria-disabled");
  form.querySelector("[data-submit-status]").textContent = "";
  if (!stopped) form.requestSubmit(submitter);
}

function zoneAt(target) {
  return target.closest?.("[data-upload]") ?? zones.find((zone) => "uploadPage" in zone.dataset);
}

function markTarget(zone) {
  for (const other of zones) other.classList.toggle("is-target", other === zone);
}

for (const zone of zones) {
  const field = zone.querySelector("input[type=file]");
  field.addEventListener("change", () => {
    addFiles(zone, [...field.files]);
    // The files are on their way; a submitted form must not carry them again.
    field.value = "";
  });
}

// Before it bubbles to where forms are marked as sent.
document.addEventListener("submit", hold, { capture: true });

window.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  const zone = zoneAt(event.target);
  event.dataTransfer.dropEffect = zone ? "copy" : "none";
  markTarget(zone);
});
window.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) markTarget(null);
});
window.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  const zone = zoneAt(event.target);
  markTarget(null);
  if (zone) addFiles(zone, [...event.dataTransfer.files]);
});
// Word processors and spreadsheets copy a picture of a text along with it. Of a file, some systems copy its name as text;
// of a picture, browsers copy the HTML.
function isText({ types }) {
  return types.includes("text/plain") && types.includes("text/html");
}

window.addEventListener("paste", (event) => {
  if (isText(event.clipboardData)) return;
  const files = [...event.clipboardData.files];
  if (!files.length) return;
  event.preventDefault();
  const zone = zoneAt(document.activeElement) ?? zones[0];
  if (zone) addFiles(zone, files);
});
