// Storage of the browser. It may be forbidden, as in another site's frame: then things last as long as the page.

function usable(name) {
  const memory = new Map();
  try {
    const storage = window[name];
    storage.setItem("xiaoshui.probe", "1");
    storage.removeItem("xiaoshui.probe");
    return storage;
  } catch {
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => memory.set(key, value),
      removeItem: (key) => memory.delete(key),
    };
  }
}

export const lasting = usable("localStorage");
export const ofThisTab = usable("sessionStorage");
