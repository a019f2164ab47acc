//! Law 10: bulk gives the verdict and the grounds of the scalar decision, row by row; a refreshed
//! standing is one that was frozen anew; one thread gives what many give.

mod agrees;
