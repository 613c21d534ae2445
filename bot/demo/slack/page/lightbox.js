// A picture by itself, with its neighbours of the same message one arrow away.

import { el, iconButton } from "./dom.js";
import { showDialog } from "./dialog.js";

/** pictures: [{url, alt, title, width, height}] */
export function openLightbox(pictures, start = 0) {
  let at = start;
  const image = el("img", { alt: "" });
  const title = el("strong");
  const details = el("span", { class: "muted" });
  const alt = el("p", { class: "lightbox-alt" });
  const original = el("a", { class: "button", target: "_blank", rel: "noopener" }, "Open original");
  const show = (index) => {
    at = (index + pictures.length) % pictures.length;
    const picture = pictures[at];
    image.src = picture.url;
    image.alt = picture.alt;
    title.textContent = picture.title || "Picture";
    const parts = [picture.width && `${picture.width} × ${picture.height}`, pictures.length > 1 && `${at + 1} of ${pictures.length}`];
    details.textContent = parts.filter(Boolean).join(" · ");
    alt.textContent = picture.alt && picture.alt !== picture.title ? picture.alt : "";
    original.href = picture.url;
  };
  const several = pictures.length > 1;
  const dialog = el("dialog", {
    class: "lightbox", "aria-label": "Picture", dataset: { testid: "lightbox" },
    onkeydown: (event) => {
      if (several && event.key === "ArrowLeft") show(at - 1);
      if (several && event.key === "ArrowRight") show(at + 1);
    },
    onclick: (event) => event.target.matches(".lightbox, .lightbox-stage") && dialog.close(),
  },
    el("header", { class: "lightbox-bar" }, el("div", { class: "lightbox-title" }, title, details), original,
      iconButton("close", "Close picture", { onclick: () => dialog.close() })),
    el("div", { class: "lightbox-stage" },
      several && iconButton("left", "Previous picture", { onclick: () => show(at - 1) }), image,
      several && iconButton("right", "Next picture", { onclick: () => show(at + 1) })),
    alt,
  );
  show(start);
  showDialog(dialog);
}

const LARGEST = 360; // in a message; the lightbox shows the rest

/** Size the picture before it is there, so that nothing moves when it comes. */
function fit(image, width, height) {
  const scale = Math.min(1, LARGEST / width, LARGEST / height);
  image.width = Math.max(1, Math.round(width * scale));
  image.height = Math.max(1, Math.round(height * scale));
}

/** A button that holds a picture and opens it; pictures beside it in one message come along. */
export function pictureButton(picture, props = {}) {
  const image = el("img", { src: picture.url, alt: picture.alt, draggable: "false" });
  if (picture.width && picture.height) fit(image, picture.width, picture.height);
  else image.addEventListener("load", () => {
    Object.assign(picture, { width: image.naturalWidth, height: image.naturalHeight });
    fit(image, picture.width, picture.height);
  }, { once: true });
  const button = el("button", {
    type: "button", class: "picture", title: "Open picture", ...props,
    onclick: () => {
      const group = [...(button.closest(".message-files") ?? button.parentElement).querySelectorAll(".picture")];
      openLightbox(group.map((node) => node.picture), group.indexOf(button));
    },
  }, image);
  button.picture = picture;
  return button;
}
