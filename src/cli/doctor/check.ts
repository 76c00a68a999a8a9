/** What one look of `cto doctor` found. */
export type Check = {
  readonly name: string;
  /** `off`: not configured, and not needed to enqueue. Only `broken` makes the doctor fail. */
  readonly state: "ok" | "weak" | "off" | "broken";
  /** Of URLs only the host; never a secret. */
  readonly detail: string;
};
