// What a desk keeps in its browser for when there is no network: the trust list, the handles it has
// accepted, and the scans that wait to be handed in. Of people there is nothing in it.
const NAME = "ohc-clinic";

let opening = null;

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("handles");
      asked.result.createObjectStore("scans", { autoIncrement: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

// One transaction, answered once it is on the disk.
async function within(stores, mode, work) {
  const database = await opened();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode, { durability: "strict" });
    let answer;
    transaction.oncomplete = () => resolve(answer);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    work(transaction, (value) => (answer = value));
  });
}

function one(store, mode, work) {
  return within([store], mode, (transaction, tell) => {
    const asked = work(transaction.objectStore(store));
    asked.onsuccess = () => tell(asked.result);
  });
}

export const keep = (name, value) => one("kept", "readwrite", (store) => store.put(value, name));
export const kept = (name) => one("kept", "readonly", (store) => store.get(name));

// A handle and the scan it belongs to go in together, or the handle was taken before and neither does.
export function accept(handle, until, now, scan, isOfOneUse) {
  return within(["handles", "scans"], "readwrite", (transaction, tell) => {
    const handles = transaction.objectStore("handles");
    const add = () => {
      const added = transaction.objectStore("scans").add(scan);
      added.onsuccess = () => tell(added.result);
    };
    if (!isOfOneUse) return add();
    const asked = handles.get(handle);
    asked.onsuccess = () => {
      if (asked.result !== undefined && asked.result > now) return tell(null);
      handles.put(until, handle).onsuccess = add;
    };
  });
}

export function scans() {
  return within(["scans"], "readonly", (transaction, tell) => {
    const found = [];
    transaction.objectStore("scans").openCursor().onsuccess = ({ target: { result } }) => {
      if (!result) return tell(found);
      found.push({ number: result.key, ...result.value });
      result.continue();
    };
  });
}

export const count = () => one("scans", "readonly", (store) => store.count());

// Handed in, hence no longer ours to keep; the handle stays until its code ends.
export const forget = (number) => one("scans", "readwrite", (store) => store.delete(number));

export function forgetHandles(now) {
  return within(["handles"], "readwrite", (transaction) => {
    transaction.objectStore("handles").openCursor().onsuccess = ({ target: { result } }) => {
      if (!result) return;
      if (result.value <= now) result.delete();
      result.continue();
    };
  });
}
