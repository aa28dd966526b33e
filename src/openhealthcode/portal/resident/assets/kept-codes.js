// The phone's own store: certificates with their keys, which the browser never gives out, and a few facts.
const NAME = "health-code";

let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("certificates", { keyPath: "id", autoIncrement: true });
      asked.result.createObjectStore("facts");
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

// Runs `work` on one store in one transaction; what it answers once that has committed.
async function within(store, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    let result;
    work(transaction.objectStore(store), (value) => (result = value));
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

export const fact = (name) =>
  within("facts", "readonly", (facts, answer) => {
    facts.get(name).onsuccess = (event) => answer(event.target.result);
  });

export const remember = (name, value) => within("facts", "readwrite", (facts) => facts.put(value, name));

// `codes`: [{ certificate, key, from, until }], times in seconds since 1970.
export const keep = (codes) =>
  within("certificates", "readwrite", (store) => codes.forEach((one) => store.add(one)));

export const all = () =>
  within("certificates", "readonly", (store, answer) => {
    store.getAll().onsuccess = (event) => answer(event.target.result);
  });

// Deletes those that `isOver` says are over; what a crash or two open pages leave behind is used by nobody twice.
export const drop = (isOver) =>
  within("certificates", "readwrite", (store) => {
    store.openCursor().onsuccess = ({ target: { result: at } }) => {
      if (!at) return;
      if (isOver(at.value)) at.delete();
      at.continue();
    };
  });

// Takes one that is good at `now` out of the store for ever.
export const take = (now) =>
  within("certificates", "readwrite", (store, answer) => {
    store.openCursor().onsuccess = ({ target: { result: at } }) => {
      if (!at) return;
      const isGood = at.value.from <= now && now < at.value.until;
      if (isGood) answer(at.value);
      if (isGood || at.value.until <= now) at.delete();
      if (!isGood) at.continue();
    };
  });

// Signed out: no key and no certificate is left, nor the page that would show one.
export async function forget() {
  const database = await open();
  database.close();
  opening = null;
  await new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = resolve;
  });
}
