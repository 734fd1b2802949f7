import { Dialog } from './dialog.tsx'

/** A picture as large as the window takes. */
export const PictureView = ({ title, src, opened, onClose }: { title: string; src: string; opened: boolean; onClose: () => void }) => (
  <Dialog opened={opened} onClose={onClose} title={title} size="min(1200px, 96vw)">
    <img src={src} alt={title} className="picture-large" />
  </Dialog>
)
