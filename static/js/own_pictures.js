// The list of own pictures is loaded anew, once all files are through, where some of them are new.

const zone = document.querySelector("[data-refresh]");
let isOutdated = false;

function refresh() {
  const id = zone.dataset.refresh;
  // What has just arrived stands on the first page.
  const address = new URL(window.location.href);
  address.searchParams.delete("page");
  window.htmx.ajax("GET", address.href, { target: `#${id}`, select: `#${id}`, swap: "outerHTML" });
}

zone.addEventListener("upload-ended", ({ detail }) => {
  isOutdated ||= detail.isAdded;
  if (!isOutdated || zone.querySelector(".upload.under-way")) return;
  isOutdated = false;
  refresh();
});
