// A customer's photo on its way to the server.

const LONGEST_SIDE = 2000; // enough to see a leak, small enough for a poor line
const LARGEST_BYTES = 8 * 1024 * 1024; // the server's own bound
const FIT_AS_IT_IS = 1024 * 1024;

// Redrawn, a JPEG stands upright without the camera's notes, which the server drops.
export async function prepared(file, words) {
  const redraw = file.type === "image/jpeg" || file.size > FIT_AS_IT_IS;
  const photo = (redraw && (await redrawn(file).catch(() => null))) || file;
  if (photo.size > LARGEST_BYTES) throw new Error(words.photoTooLarge);
  return photo;
}

async function redrawn(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

// The id by which a message names the photo.
export async function uploaded(photo, token, words) {
  const body = new FormData();
  body.append("photo", photo);
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch("/web/photos", { method: "POST", headers, body }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error(told?.message ?? words.photoLost);
  return told.photo;
}
