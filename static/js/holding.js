// A form that is sent while pictures of it are on their way waits for them; leaving the page would break them off. Its
// [data-submit] and [data-submit-status] say so, and [data-submit-undo] keeps it here after all.

const held = new Map();

function isUploading(form) {
  return form.querySelector(".upload.under-way") !== null;
}

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
  form.querySelector("[data-submit-undo]").hidden = false;
  form.querySelector("[data-submit-status]").textContent = "Uploading; this is sent as soon as the files are through.";
}

function release(form) {
  const { submitter, label } = held.get(form);
  const button = form.querySelector("[data-submit]");
  const undo = form.querySelector("[data-submit-undo]");
  held.delete(form);
  button.textContent = label;
  button.removeAttribute("aria-disabled");
  if (document.activeElement === undo) button.focus();
  undo.hidden = true;
  form.querySelector("[data-submit-status]").textContent = "";
  return submitter;
}

// Before it bubbles to where forms are marked as sent.
document.addEventListener("submit", hold, { capture: true });

document.addEventListener("upload-ended", ({ target, detail }) => {
  const form = target.closest("form");
  if (!held.has(form)) return;
  if (detail.isMissed) release(form);
  else if (!isUploading(form)) form.requestSubmit(release(form));
});

for (const undo of document.querySelectorAll("[data-submit-undo]")) {
  undo.addEventListener("click", () => release(undo.form));
}
