// Files that are dropped or pasted go to a zone of uploads; with data-upload-page it takes what is dropped anywhere.

const zones = [...document.querySelectorAll("[data-upload]")];

function zoneAt(target) {
  return target.closest?.("[data-upload]") ?? zones.find((zone) => "uploadPage" in zone.dataset);
}

function markTarget(zone) {
  for (const other of zones) other.classList.toggle("is-target", other === zone);
}

function bring(zone, files) {
  zone?.dispatchEvent(new CustomEvent("files-brought", { detail: [...files] }));
}

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
  markTarget(null);
  bring(zoneAt(event.target), event.dataTransfer.files);
});

// Word processors and spreadsheets copy a picture of a text along with it. Of a file, some systems copy its name as text;
// of a picture, browsers copy the HTML.
function isText({ types }) {
  return types.includes("text/plain") && types.includes("text/html");
}

window.addEventListener("paste", (event) => {
  if (isText(event.clipboardData)) return;
  const { files } = event.clipboardData;
  if (!files.length) return;
  event.preventDefault();
  bring(zoneAt(document.activeElement) ?? zones[0], files);
});
