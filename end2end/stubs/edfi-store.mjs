// What an Ed-Fi stub holds: rows under their natural keys, and the record of their changes.
import { createHash, randomUUID } from 'node:crypto';
import { asReference, keyOf, keyText, mapReferences, pointsTo, resourcesOf } from './edfi-model.mjs';

/**
 * @typedef {object} Held an item; never changed, only replaced
 * @property {string} id
 * @property {number} aggregate rises with each item: the order of pages
 * @property {number} changeVersion
 * @property {string} modified ISO 8601
 * @property {any} row
 */
/** @typedef {{ id: string, changeVersion: number, oldKey: object, newKey: object | null }} Tracked null: deleted */

/** The state at one moment: the present, or a snapshot. */
class View {
  /** @param {Map<string, Table>} tables @param {number} newest the newest change version */
  constructor(tables, newest) {
    this.tables = tables;
    this.newest = newest;
  }

  /** The item under a key. @param {string} name of the resource @returns {Held | undefined} */
  find(name, key) {
    return this.tables.get(name)?.byKey.get(keyText(key));
  }

  /** The items of a resource in the order of pages. @param {string} name @returns {Held[]} */
  items(name) {
    const table = this.tables.get(name);
    table.sorted ??= [...table.byKey.values()].sort((a, b) => a.aggregate - b.aggregate);
    return table.sorted;
  }

  /**
   * What was deleted in a window. Hides what exists again under the same key, except descriptors, as real servers do.
   * @param {string} name
   */
  deletes(name, from, to) {
    const { resource, tracked } = this.tables.get(name);
    return tracked
      .filter((each) => each.newKey === null && each.changeVersion >= from && each.changeVersion <= to)
      .filter((each) => resource.descriptor || !this.find(name, each.oldKey))
      .map(({ id, changeVersion, oldKey }) => ({ id, changeVersion, keyValues: oldKey }));
  }

  /** The keys that changed in a window: one an item, from the first to the last. @param {string} name */
  keyChanges(name, from, to) {
    const byId = new Map();
    for (const { id, changeVersion, oldKey, newKey } of this.tables.get(name).tracked) {
      if (newKey === null || changeVersion < from || changeVersion > to) continue;
      const first = byId.get(id);
      byId.set(id, { id, changeVersion, oldKeyValues: first?.oldKeyValues ?? oldKey, newKeyValues: newKey });
    }
    return [...byId.values()].sort((a, b) => a.changeVersion - b.changeVersion);
  }
}

/** One resource of a view. */
class Table {
  /** @type {Held[] | undefined} */
  sorted;

  /** @param {import('./edfi-model.mjs').Resource} resource */
  constructor(resource, byKey = new Map(), tracked = []) {
    this.resource = resource;
    this.byKey = byKey;
    this.tracked = tracked;
  }

  copy() {
    return new Table(this.resource, new Map(this.byKey), [...this.tracked]);
  }
}

/** The present state, and what changes it. */
export class EdFiStore extends View {
  #aggregate = 0;
  #ids = new Map();
  /** @type {{ id: string, snapshotIdentifier: string, snapshotDateTime: string, view: View }[]} */
  snapshots = [];

  /** @param {import('./clock.mjs').Clock} clock @param {string} dataStandard */
  constructor(clock, dataStandard) {
    super(new Map(resourcesOf(dataStandard).map((resource) => [resource.name, new Table(resource)])), 0);
    this.clock = clock;
  }

  /** @param {string} name */
  #table(name) {
    const table = this.tables.get(name);
    if (!table) throw new Error(`there is no resource ${name}`);
    return table;
  }

  /**
   * The item that an id or a key names.
   * @param {{ resource: string, id?: string, key?: object }} which
   * @returns {Held}
   */
  named({ resource, id, key }) {
    const table = this.#table(resource);
    const text = id === undefined ? keyText(key ?? {}) : this.#ids.get(id);
    const held = table.byKey.get(text);
    if (!held) throw new Error(`${resource} holds nothing under ${JSON.stringify(id ?? key)}`);
    return held;
  }

  /** The item of a resource with an id. @param {string} name @param {string} id @returns {Held | undefined} */
  withId(name, id) {
    const held = this.#table(name).byKey.get(this.#ids.get(id));
    return held?.id === id ? held : undefined;
  }

  #put(table, held) {
    const text = keyText(keyOf(table.resource, held.row));
    table.byKey.set(text, held);
    table.sorted = undefined;
    this.#ids.set(held.id, text);
  }

  /**
   * Adds a row, or replaces the one with its key. An equal row changes nothing, and takes no change version.
   * @param {string} name
   * @returns {Held}
   */
  upsert(name, row) {
    const table = this.#table(name);
    const key = keyOf(table.resource, row);
    const missing = Object.keys(key).filter((part) => key[part] === undefined || key[part] === '');
    if (missing.length > 0) throw new Error(`a row of ${name} lacks ${missing.join(', ')}`);
    const before = table.byKey.get(keyText(key));
    if (before && JSON.stringify(before.row) === JSON.stringify(row)) return before;
    const held = {
      id: before?.id ?? this.#newId(name, key),
      aggregate: before?.aggregate ?? (this.#aggregate += 1),
      changeVersion: (this.newest += 1),
      modified: this.clock.iso(),
      row,
    };
    this.#put(table, held);
    return held;
  }

  /** The same at each start for what was there first; another one for what comes again. */
  #newId(name, key) {
    const id = createHash('md5')
      .update(`${name} ${keyText(key)}`)
      .digest('hex');
    return this.#ids.has(id) ? randomUUID().replaceAll('-', '') : id;
  }

  /** Deletes an item. @param {{ resource: string, id?: string, key?: object }} which */
  delete(which) {
    const table = this.#table(which.resource);
    const held = this.named(which);
    const oldKey = keyOf(table.resource, held.row);
    table.byKey.delete(keyText(oldKey));
    table.sorted = undefined;
    table.tracked.push({ id: held.id, changeVersion: (this.newest += 1), oldKey, newKey: null });
  }

  /**
   * Changes an item's natural key, and with it the references of every item that points to it, as a foreign key with
   * cascading updates does: each item moved takes a change version, and a tracked key change where its own key moved.
   * @param {{ resource: string, id?: string, key?: object }} which
   * @param {Record<string, unknown>} to the parts that change
   * @param {{ unseen?: boolean }} [how] unseen: what points to the item takes no change version, as with a person's
   *   unique id: a real server keeps a number of its own there, and puts the unique id in when it is asked
   * @returns {Record<string, number>} how many items changed, by resource
   */
  changeKey(which, to, { unseen = false } = {}) {
    const { resource } = this.#table(which.resource);
    const held = this.named(which);
    const oldKey = keyOf(resource, held.row);
    for (const part of Object.keys(to))
      if (!(part in oldKey)) throw new Error(`the key of ${resource.name} has no ${part}`);
    const newKey = { ...oldKey, ...to };
    if (this.find(resource.name, newKey)) throw new Error(`${resource.name} already holds ${JSON.stringify(newKey)}`);
    const moved = { ...mapReferences(held.row, (_, reference) => partsMoved(reference, oldKey, to)) };
    for (const [part, value] of Object.entries(to)) if (resource.key[part] === part) moved[part] = value;
    const changed = {};
    this.#move(resource.name, [[held, moved]], changed, { unseen });
    return changed;
  }

  /** Replaces items by their moved rows, then moves what points to them. */
  #move(name, moves, changed, { unseen, behind: isBehind = false }) {
    const table = this.#table(name);
    const newKeys = new Map();
    for (const [held] of moves) table.byKey.delete(keyText(keyOf(table.resource, held.row)));
    for (const [held, row] of moves) {
      const [oldKey, newKey] = [keyOf(table.resource, held.row), keyOf(table.resource, row)];
      const stamp =
        unseen && isBehind ? {} : { changeVersion: (this.newest += 1), modified: this.clock.iso() };
      this.#put(table, { ...held, row, ...stamp });
      if (keyText(oldKey) === keyText(newKey)) continue;
      if (stamp.changeVersion) table.tracked.push({ id: held.id, changeVersion: stamp.changeVersion, oldKey, newKey });
      newKeys.set(keyText(oldKey), newKey);
    }
    changed[name] = (changed[name] ?? 0) + moves.length;
    if (newKeys.size === 0) return;
    for (const dependent of this.tables.keys()) {
      const follow = (reference, content) => {
        const key = pointsTo(reference, content, table.resource);
        const newKey = key && newKeys.get(keyText(key));
        return newKey ? asReference(reference, newKey) : content;
      };
      const behind = [];
      for (const held of this.items(dependent)) {
        const row = mapReferences(held.row, follow);
        if (row !== held.row) behind.push([held, row]);
      }
      if (behind.length > 0) this.#move(dependent, behind, changed, { unseen, behind: true });
    }
  }

  /** Keeps the present state for those who ask with `Use-Snapshot`. */
  snapshot() {
    const id = randomUUID().replaceAll('-', '');
    const tables = new Map([...this.tables].map(([name, table]) => [name, table.copy()]));
    const view = new View(tables, this.newest);
    this.snapshots.push({ id, snapshotIdentifier: id, snapshotDateTime: this.clock.iso(), view });
    return { id, newestChangeVersion: view.newest };
  }
}

/** A reference with the parts of a key replaced that it shares with the item's old key. */
function partsMoved(reference, oldKey, to) {
  const shared = Object.keys(to).filter((part) => part in reference && reference[part] === oldKey[part]);
  if (shared.length === 0) return reference;
  return { ...reference, ...Object.fromEntries(shared.map((part) => [part, to[part]])) };
}
