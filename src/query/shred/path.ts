/**
 * Names of columns that lie in objects: the keys from the outermost one on, with a byte between that keys do not have as they are read here.
 */
const BETWEEN = "\0"

/** The keys of a column. */
export const keysOf = (name: string): ReadonlyArray<string> => name.split(BETWEEN)

/** The name of what an object has under a key; without an object, of a column of its own. */
export const nameIn = (object: string | undefined, key: string): string =>
  object === undefined ? key : object + BETWEEN + key

/** The object that a column lies in, if it lies in one. */
export const objectOf = (name: string): string | undefined => {
  const end = name.lastIndexOf(BETWEEN)
  return end < 0 ? undefined : name.slice(0, end)
}

/** The objects that a column lies in, the outermost first. */
export const objectsOf = (name: string): ReadonlyArray<string> => {
  const object = objectOf(name)
  return object === undefined ? [] : [...objectsOf(object), object]
}

/** How many objects a column lies in. */
export const depthOf = (name: string): number => keysOf(name).length - 1
