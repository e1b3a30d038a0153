import { Component, type ComponentChildren } from "preact";

/** What cannot be shown is told by a sentence, and the rest of the page stays. */
export class Boundary extends Component<{ readonly children: ComponentChildren }, { readonly error: unknown }> {
  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override state: { readonly error: unknown } = { error: undefined };

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <p class="failure" role="alert">
        This cannot be shown: {error instanceof Error ? error.message : "what came is not understood"}. Load the page anew; nothing that is
        stored has changed.
      </p>
    );
  }
}
