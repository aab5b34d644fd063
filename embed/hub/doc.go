// Package hub downloads models from the Hugging Face model hub, or a mirror with its
// interface: on command, at one revision, and only what its own index says is there.
//
// Two steps, so that a licence can be shown between them: [Client.Describe] asks the
// index for a repository's revision, files, hashes and licence; [Client.Download]
// fetches the files of one [Model].
//
//	GET /api/models/OWNER/NAME/revision/REV?blobs=true   commit, licence, files with sizes and hashes
//	GET /OWNER/NAME/resolve/COMMIT/FILE                  a file, often by a redirect elsewhere; resumed with Range
//
// What surprises:
//
//   - A name of a branch is looked up once; every file then comes from the commit that
//     it stood for.
//   - A file is FILE.part until its size and its hash are right: SHA-256 for large
//     files, git's blob hash for small ones. A wrong one is deleted.
//   - Only https is spoken, except with this machine itself; a redirect may not leave
//     it either.
//   - Nothing is sent that says who asks: no token, no cookie.
package hub
