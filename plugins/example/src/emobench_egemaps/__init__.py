"""The standard baseline of speech emotion recognition for emobench: eGeMAPS functionals and a linear SVM."""
