/** Removes nulls from a record: databases return null where our types omit the property. */

type WithoutNulls<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>;
};

/**
 * Returns a copy without the properties that are null or undefined.
 * @example
 * withoutNulls({ id: "a", label: null }); // { id: "a" }
 */
export const withoutNulls = <T extends object>(value: T): WithoutNulls<T> =>
  Object.fromEntries(
    Object.entries(value).filter(([, property]) => property !== null && property !== undefined),
  ) as WithoutNulls<T>;
